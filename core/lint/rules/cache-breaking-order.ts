import type { InstructionNode, Range } from '../../dockerfile/ast.ts';
import type { AddInstruction, CopyInstruction, Instruction } from '../../dockerfile/instructions.ts';
import { hasWord } from '../command-words.ts';
import { contextCopy, sourcePath } from '../copied-files.ts';
import { lineAbove, removeInstruction } from '../instruction-edits.ts';
import { changesNothing } from '../known-effects.ts';
import type { LintContext } from '../lint-options.ts';
import { isPipInstall } from '../pip-command.ts';
import { type Fix, ownRule, type RuleContext, type TextEdit } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';
import { onlyInstallsPackages } from '../system-packages.ts';

/** A command that installs what files of the project list, and these files: those with `?` need not be there. */
interface Installer {
  readonly matches: (command: RunCommand) => boolean;
  readonly manifests: readonly string[];
}

const INSTALLERS: readonly Installer[] = [
  {
    matches: (c) => c.program === 'npm' && hasWord(c, 'ci', 'install', 'i') && !names(c),
    manifests: ['package.json', 'package-lock.json?'],
  },
  {
    matches: (c) => c.program === 'yarn' && (c.words.length === 1 || hasWord(c, 'install')),
    manifests: ['package.json', 'yarn.lock?', '.yarnrc.yml?'],
  },
  {
    matches: (c) => c.program === 'pnpm' && hasWord(c, 'install', 'i'),
    manifests: ['package.json', 'pnpm-lock.yaml?', 'pnpm-workspace.yaml?'],
  },
  { matches: (c) => isPipInstall(c) && hasWord(c, 'requirements.txt'), manifests: ['requirements.txt'] },
  {
    matches: (c) => c.program === 'go' && hasWord(c, 'download') && hasWord(c, 'mod'),
    manifests: ['go.mod', 'go.sum?'],
  },
  { matches: (c) => c.program === 'bundle' && hasWord(c, 'install'), manifests: ['Gemfile', 'Gemfile.lock?'] },
  { matches: (c) => c.program === 'composer' && hasWord(c, 'install'), manifests: ['composer.json', 'composer.lock?'] },
];

/** All of the sources copied above the installation of what only a few files list. */
export const cacheBreakingOrder = ownRule(
  {
    id: 'cache-breaking-order',
    title: 'Packages should be installed before the sources are copied',
    severity: 'info',
    scope: 'stage',
    docs: {
      why: 'Every change of any source makes the COPY another layer, and all packages are fetched again.',
      bad: 'FROM node:24\nWORKDIR /srv\nCOPY . .\nRUN npm ci',
      good: 'FROM node:24\nWORKDIR /srv\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .',
      fix: {
        does: 'Copies what lists the packages first, and the rest behind what installs them; packages of the system are installed above the COPY.',
        changes: 'what is installed no longer finds the sources',
      },
    },
  },
  function* (context) {
    for (const { instructions } of context.sections) {
      const told = new Set<Instruction>();
      for (const [index, instruction] of instructions.entries()) {
        const copy = instruction.kind === 'ONBUILD' ? undefined : contextCopy(instruction);
        if (copy === undefined || !bringsAll(copy)) continue;
        const packages = packagesBelow(context, copy, instructions.slice(index + 1));
        if (packages !== undefined && !told.has(packages)) {
          told.add(packages);
          yield {
            message: 'Every change of a source installs these packages anew; install them above the sources',
            range: packages.node.keyword.range,
            at: packages.node,
            fixes: instructions[index + 1] === packages ? raised(context, copy.node, packages.node) : [],
          };
        }
        const above = instructions.slice(0, index);
        const found = installation(context, instructions.slice(index + 1));
        if (found === undefined || above.some((each) => brings(each, found.installer))) continue;
        yield {
          message: 'Every change of a source installs all packages anew; copy what lists them first',
          range: copy.node.range,
          at: copy.node,
          fixes: instructions[index + 1] === found.run ? reordered(context, copy, found) : [],
        };
        break;
      }
    }
  },
);

/** Whether npm names packages, instead of installing what the project lists. */
function names({ words }: RunCommand): boolean {
  return words.slice(2).some((word) => !word.startsWith('-'));
}

/** The next RUN, where it only installs packages of the system, and the sources bring nothing that such packages come from. */
function packagesBelow(
  context: RuleContext,
  { destination }: ContextCopy,
  below: readonly Instruction[],
): Instruction | undefined {
  const run = below.find(({ kind }) => kind === 'RUN');
  const script = run && context.scriptOf(run);
  if (script === undefined || !onlyInstallsPackages(script)) return undefined;
  return /^["']?\/(?:etc\b|["']?$)/.test(destination?.text ?? '/') ? undefined : run;
}

/** Puts one instruction, with its comment, above another one. */
function raised({ lines }: RuleContext, above: InstructionNode, node: InstructionNode): Fix[] {
  const start = node.docComment[0]?.range.start.line ?? node.startLine;
  const text = lines.slice(start, node.endLine + 1).map((line) => line.replace(/\r$/, ''));
  const { range } = removeInstruction(node);
  return [
    {
      title: 'Install these packages above the sources',
      edits: [
        lineAbove(above, text.join('\n')),
        { range: { start: { line: start, character: 0 }, end: range.end }, newText: '' },
      ],
    },
  ];
}

type ContextCopy = CopyInstruction | AddInstruction;

function bringsAll({ sources }: ContextCopy): boolean {
  return sources.some((source) => source.kind === 'path' && sourcePath(source.path.text) === '');
}

function brings(instruction: Instruction, { manifests }: Installer): boolean {
  const [first = ''] = manifests;
  return (
    (instruction.kind === 'COPY' || instruction.kind === 'ADD') &&
    instruction.sources.some((source) => source.kind === 'path' && nameMatches(source.path.text, first))
  );
}

/** `package*.json` and `./package.json` both bring `package.json`. */
function nameMatches(source: string, manifest: string): boolean {
  const name = source.slice(source.lastIndexOf('/') + 1);
  const pattern = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`).test(manifest);
}

interface Installation {
  readonly run: Instruction;
  readonly installer: Installer;
}

function installation(context: RuleContext, below: readonly Instruction[]): Installation | undefined {
  for (const run of below) {
    if (run.kind !== 'RUN') continue;
    const commands = context.scriptOf(run)?.commands ?? [];
    const installer = INSTALLERS.find(({ matches }) => commands.some(matches));
    if (installer) return { run, installer };
  }
  return undefined;
}

function reordered(context: RuleContext, copy: ContextCopy, { run, installer }: Installation): Fix[] {
  const { options, lines } = context;
  const { node, destination } = copy;
  const files = manifestsIn(installer, options.context);
  if (files === undefined || destination === undefined || node.startLine !== node.endLine || node.json) return [];
  const target = destination.text.endsWith('/') ? destination.text : `${destination.text}/`;
  const flags = node.flags.map(({ text }) => `${text} `).join('');
  const line = (lines[node.startLine] ?? '').slice(node.range.start.character, node.range.end.character);
  const below = copiedBelow(context, run, installer, line);
  if (below === undefined) return [];
  return [
    {
      title: 'Install packages before the sources are copied',
      edits: [{ range: node.range, newText: `${node.keyword.text} ${flags}${files.join(' ')} ${target}` }, below],
    },
  ];
}

/**
 * Puts a line behind what installs: behind its RUN, or where that goes on with what may need the sources, in front of a RUN
 * for the rest. Undefined where the two cannot be told apart.
 */
function copiedBelow(context: RuleContext, run: Instruction, installer: Installer, line: string): TextEdit | undefined {
  const script = context.scriptOf(run);
  const [install, next] = script?.commands ?? [];
  const needsSources = (command: RunCommand): boolean =>
    !installer.matches(command) && !changesNothing(command) && !hasWord(command, 'cache', 'config');
  if (!script?.commands.some(needsSources)) {
    const { end } = run.node.range;
    return { range: { start: end, end }, newText: `\n${line}` };
  }
  if (script.shellForm === undefined || install === undefined || next === undefined || !installer.matches(install))
    return undefined;
  const range = { start: install.rangeOf(0, install.words.length - 1).end, end: next.rangeOf(0, 0).start };
  const flags = run.node.flags.map(({ text }) => `${text} `).join('');
  if (!/^\s*(?:[\\`]\s*)?&&\s*(?:[\\`]\s*)?$/.test(textBetween(context.lines, range))) return undefined;
  return { range, newText: `\n${line}\n${run.node.keyword.text} ${flags}` };
}

function textBetween(lines: readonly string[], { start, end }: Range): string {
  if (start.line === end.line) return lines[start.line]?.slice(start.character, end.character) ?? '';
  const between = lines.slice(start.line, end.line + 1);
  between[0] = between[0]?.slice(start.character) ?? '';
  between[between.length - 1] = between.at(-1)?.slice(0, end.character) ?? '';
  return between.join('\n');
}

/** Those that are there; where the context is not known, those that have to be. */
function manifestsIn({ manifests }: Installer, context: LintContext | undefined): string[] | undefined {
  const files: string[] = [];
  for (const manifest of manifests) {
    const name = manifest.replace('?', '');
    const isOptional = name !== manifest;
    const isThere = context === undefined ? !isOptional : context.tree.get(name) !== undefined;
    if (isThere) files.push(name);
    else if (!isOptional) return undefined;
  }
  return files;
}
