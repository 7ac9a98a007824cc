import type { Range, Token } from '../../../core/dockerfile/ast.ts';
import type { RunInstruction } from '../../../core/dockerfile/instructions.ts';
import { rangeIn } from '../../../core/dockerfile/joined-line.ts';
import { overlaps } from '../../../core/dockerfile/positions.ts';
import type { TextEdit } from '../../../core/lint/lint.ts';
import type { Reading } from '../../reading.ts';
import { lineEnd, type Refactor } from './refactoring.ts';
import { shellList } from './shell-list.ts';

interface CacheMount {
  readonly programs: RegExp;
  /** What the program is told to do, as its first word that is no option. */
  readonly verbs: RegExp;
  readonly targets: readonly string[];
  readonly locked?: true;
  /** The option that keeps the program from using its cache. */
  readonly off?: string;
}

const MOUNTS: readonly CacheMount[] = [
  {
    programs: /^apt(?:-get)?$/,
    verbs: /^(?:install|update|upgrade|dist-upgrade|full-upgrade)$/,
    targets: ['/var/cache/apt', '/var/lib/apt'],
    locked: true,
  },
  { programs: /^apk$/, verbs: /^(?:add|upgrade|update)$/, targets: ['/var/cache/apk'], off: '--no-cache' },
  {
    programs: /^(?:dnf|yum|microdnf)$/,
    verbs: /^(?:install|update|upgrade)$/,
    targets: ['/var/cache/dnf'],
    locked: true,
  },
  { programs: /^(?:npm|npx)$/, verbs: /^(?:ci|install|i)$/, targets: ['/root/.npm'] },
  { programs: /^yarn$/, verbs: /^(?:install|add|)$/, targets: ['/usr/local/share/.cache/yarn'] },
  { programs: /^pnpm$/, verbs: /^(?:install|i|add)$/, targets: ['/root/.local/share/pnpm/store'] },
  {
    programs: /^pip\d?(?:\.\d+)?$/,
    verbs: /^(?:install|wheel|download)$/,
    targets: ['/root/.cache/pip'],
    off: '--no-cache-dir',
  },
  { programs: /^(?:uv|poetry)$/, verbs: /^(?:sync|pip|install)$/, targets: ['/root/.cache'], off: '--no-cache' },
  {
    programs: /^go$/,
    verbs: /^(?:build|test|install|mod|get|vet)$/,
    targets: ['/go/pkg/mod', '/root/.cache/go-build'],
  },
  { programs: /^cargo$/, verbs: /^(?:build|install|test|fetch)$/, targets: ['/usr/local/cargo/registry'] },
  { programs: /^(?:mvn|mvnw)$/, verbs: /./, targets: ['/root/.m2'] },
  { programs: /^(?:gradle|gradlew)$/, verbs: /./, targets: ['/root/.gradle'] },
  { programs: /^composer$/, verbs: /^(?:install|update|require)$/, targets: ['/root/.composer/cache'] },
  { programs: /^dotnet$/, verbs: /^(?:restore|build|publish)$/, targets: ['/root/.nuget/packages'] },
];

/** Lets what a package manager or compiler downloads outlive the build, outside the image. */
export const cacheMounts: Refactor = ({ reading, instruction }) => {
  if (instruction.kind !== 'RUN' || instruction.command.form !== 'shell') return [];
  const { node, command, mounts } = instruction;
  const script =
    node.heredocs.length === 0 ? command.text.text : node.heredocs.map(({ content }) => content).join('\n');
  const commands = reading.commandsOf(script);
  const used = usedBy(commands).filter(({ targets }) => !targets.some(isOfRoot) || isRoot(reading, instruction));
  const mounted = new Set(
    mounts.flatMap(({ fields }) =>
      fields.flatMap(({ key, value }) => (/^(?:target|dst|destination)$/i.test(key.text) ? (value?.text ?? []) : [])),
    ),
  );
  const missing = used.flatMap(({ targets, locked }) =>
    targets.filter((target) => !mounted.has(target)).map((target) => flag(target, locked)),
  );
  if (missing.length === 0) return [];
  const { escape: continuation } = reading.dockerfile.syntax;
  const separator = ` ${continuation}${lineEnd(reading)}    `;
  const start = node.rest?.range.start ?? node.keyword.range.end;
  const edits: TextEdit[] = [{ range: { start, end: start }, newText: missing.join(separator) + separator }];
  if (node.heredocs.length === 0) {
    const cleared = withoutClearing(command.text, commands, used);
    edits.push(...cleared, ...withoutOption(command.text, commands, used).filter((edit) => isApart(edit, cleared)));
  }
  const names = [...new Set(used.map(({ program }) => program))].join(', ');
  return [
    {
      title: `Add a cache mount for ${names}`,
      kind: 'refactor.rewrite',
      edits: edits.filter(({ range }) => !hasCommentIn(reading, range)),
    },
  ];
};

type Commands = ReturnType<Reading['commandsOf']>;
type UsedMount = CacheMount & { readonly program: string };

function flag(target: string, locked: true | undefined): string {
  return `--mount=type=cache,target=${target}${locked ? ',sharing=locked' : ''}`;
}

function usedBy(commands: Commands): UsedMount[] {
  const found = new Map<CacheMount, UsedMount>();
  for (const words of commands) {
    const program = programOf(words);
    const mount = mountOf(words);
    if (mount !== undefined) found.set(mount, { ...mount, program });
  }
  return [...found.values()];
}

function programOf(words: Commands[number]): string {
  return words[0]?.text.replace(/^.*\//, '') ?? '';
}

function mountOf(words: Commands[number]): CacheMount | undefined {
  const program = programOf(words);
  const verb = words.slice(1).find(({ text }) => !text.startsWith('-'))?.text ?? '';
  return MOUNTS.find(({ programs, verbs }) => programs.test(program) && verbs.test(verb));
}

function isOfRoot(target: string): boolean {
  return target.startsWith('/root/');
}

/** Whether no USER above, in the same stage, is another one. */
function isRoot(reading: Reading, { node }: RunInstruction): boolean {
  const above = reading.stageAt(node.startLine)?.instructions ?? [];
  const user = above.findLast((each) => each.kind === 'USER' && each.node.startLine < node.startLine);
  return user?.kind !== 'USER' || /^(?:root|0)(?::|$)/.test(user.user?.text ?? '');
}

/** What empties a cache would empty it for the next build, too. */
function withoutClearing(text: Token, commands: Commands, used: readonly UsedMount[]): TextEdit[] {
  const list = shellList(text.text);
  if (list.hasKeywords || list.hasComment) return [];
  return list.commands.flatMap(({ start, end }, index): TextEdit[] => {
    const before = list.commands[index - 1];
    const words = commands.find(([first]) => first?.start === start);
    if (before === undefined || words?.at(-1)?.end !== end) return [];
    const cleared = clearedBy(words, used);
    if (cleared !== 'all') return cleared.map((at) => removed(text, words[at - 1]?.end ?? end, words[at]?.end ?? end));
    const [joint, next = joint] = list.joints.slice(index - 1, index + 1);
    return joint === next && joint !== '||' ? [removed(text, before.end, end)] : [];
  });
}

/** Whether a command does nothing else than empty caches that are used, or which words of it name them. */
function clearedBy(words: Commands[number], used: readonly UsedMount[]): 'all' | number[] {
  const program = programOf(words);
  const operands = words.flatMap(({ text }, index) => (index === 0 || text.startsWith('-') ? [] : [{ text, index }]));
  if (program === 'rm') {
    const targets = used.flatMap((each) => each.targets);
    const found = operands.filter(({ text }) => targets.some((target) => `${text}/`.startsWith(`${target}/`)));
    return found.length > 0 && found.length === operands.length ? 'all' : found.map(({ index }) => index);
  }
  const verbs = operands.map(({ text }) => text).join(' ');
  const isOwn = used.some(({ programs }) => programs.test(program));
  return isOwn && /^(?:clean(?: all)?|cache (?:clean|purge)|autoclean)$/.test(verbs) ? 'all' : [];
}

function removed(text: Token, start: number, end: number): TextEdit {
  return { range: rangeIn(text, start, end), newText: '' };
}

/** With its cache turned off a program has no use for the mount. */
function withoutOption(text: Token, commands: Commands, used: readonly UsedMount[]): TextEdit[] {
  return commands.flatMap((words) => {
    const off = mountOf(words)?.off;
    if (off === undefined || !used.some((each) => each.off === off)) return [];
    return words.flatMap((word, index): TextEdit[] => {
      const before = words[index - 1];
      if (word.text !== off || before === undefined) return [];
      return [removed(text, before.end, word.end)];
    });
  });
}

function isApart({ range }: TextEdit, others: readonly TextEdit[]): boolean {
  return others.every((other) => !overlaps(other.range, range));
}

/** Comments and blank lines between the lines of a RUN are not to be lost. */
function hasCommentIn({ dockerfile }: Reading, { start, end }: Range): boolean {
  return dockerfile.syntax.comments.some(({ range }) => start.line < range.start.line && range.start.line < end.line);
}
