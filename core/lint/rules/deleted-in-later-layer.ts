import type { AddInstruction, CopyInstruction, Instruction } from '../../dockerfile/instructions.ts';
import { formatSize } from '../../image/size.ts';
import { flagValues, operands } from '../command-words.ts';
import { sourcePath } from '../copied-files.ts';
import { joinRuns } from '../join-runs.ts';
import { type Fix, ownRule, type RuleContext } from '../rule.ts';
import { mountTargets } from '../run-mounts.ts';
import type { RunCommand } from '../run-scripts.ts';
import { isArchive, isRemote, unquoted } from '../source-kind.ts';

/** A file that a layer has, and where it came from. */
interface Added {
  readonly path: string;
  readonly by: Instruction;
  /** Bytes, where that is known. */
  readonly size?: number;
}

/** Files that one layer brings and a later one deletes. */
export const deletedInLaterLayer = ownRule(
  {
    id: 'deleted-in-later-layer',
    title: 'Files should be deleted in the layer that brings them',
    severity: 'warning',
    scope: 'stage',
    docs: {
      why: 'The layer that brings a file keeps it: deleting it later only hides it, and the image is as large as before.',
      bad: 'FROM debian:13\nRUN curl -fsSL -o /tmp/a.tgz https://example.com/a.tgz\nRUN tar -xzf /tmp/a.tgz -C /opt && rm /tmp/a.tgz',
      good: 'FROM debian:13\nRUN curl -fsSL -o /tmp/a.tgz https://example.com/a.tgz && tar -xzf /tmp/a.tgz -C /opt && rm /tmp/a.tgz',
      fix: {
        does: 'Joins the RUN that brings the file with the one below it that deletes it.',
        changes:
          'one layer less, which does not hold the file; what the first leaves set in its shell counts for the second',
      },
    },
  },
  function* (context) {
    for (const { instructions } of context.sections) {
      if (!instructions.some((each) => removes(context, each))) continue;
      const added = new Map<string, Added>();
      let folder = '/';
      for (const instruction of instructions) {
        if (instruction.kind === 'WORKDIR' && instruction.path) folder = absolute(instruction.path.text, folder);
        for (const each of copied(context, instruction, folder)) added.set(each.path, each);
        const script = context.scriptOf(instruction);
        if (script === undefined) continue;
        const mounts = mountTargets(script.run).map((path) => absolute(path, folder));
        const isOutside = (path: string) => mounts.some((mount) => path === mount || path.startsWith(`${mount}/`));
        const own = new Map<string, Added>();
        for (const command of script.commands) {
          for (const each of fetched(command, instruction, folder)) if (!isOutside(each.path)) own.set(each.path, each);
          if (!isRemoval(command)) continue;
          for (const { text, index } of operands(command)) {
            const path = absolute(text, folder).replace(/\/\*$/, '');
            takeBelow(own, path);
            const lost = isOutside(path) ? [] : takeBelow(added, path);
            const [first] = lost;
            if (first === undefined) continue;
            yield {
              message: messageOf(lost, first),
              range: command.rangeOf(index, index),
              at: instruction.node,
              fixes: joined(context, instructions, first.by, instruction),
            };
          }
        }
        for (const each of own.values()) added.set(each.path, each);
      }
    }
  },
);

function messageOf(lost: readonly Added[], first: Added): string {
  const sizes = lost.flatMap(({ size }) => size ?? []);
  const size = sizes.length === lost.length ? `, ${formatSize(sizes.reduce((sum, each) => sum + each, 0))},` : '';
  const layers = new Set(lost.map(({ by }) => by));
  const where = layers.size > 1 ? 'layers above' : `layer of the ${first.by.node.name} above`;
  return lost.length === 1
    ? `${first.path}${size} stays in the ${where}; this only hides it`
    : `${first.path} and ${lost.length - 1} more${size} stay in the ${where}; this only hides them`;
}

/** Takes what lies at a path or below it out of a list, and gives it. */
function takeBelow(files: Map<string, Added>, path: string): Added[] {
  const found = [...files.values()].filter((each) => each.path === path || each.path.startsWith(`${path}/`));
  for (const each of found) files.delete(each.path);
  return found;
}

function removes(context: RuleContext, instruction: Instruction): boolean {
  return context.scriptOf(instruction)?.commands.some(isRemoval) === true;
}

function isRemoval({ program }: RunCommand): boolean {
  return program === 'rm';
}

function copied({ options }: RuleContext, instruction: Instruction, folder: string): Added[] {
  if (instruction.kind !== 'COPY' && instruction.kind !== 'ADD') return [];
  const { sources, destination } = instruction;
  if (destination === undefined) return [];
  const target = unquoted(destination.text);
  const isFolder = /(?:^|\/)\.?$/.test(target) || sources.length > 1;
  const tree = instruction.kind === 'ADD' || instruction.from === undefined ? options.context?.tree : undefined;
  return sources.flatMap((source): Added[] => {
    if (source.kind !== 'path' || isUnpacked(instruction, source.path.text)) return [];
    const path = addedPath(source.path.text);
    if (path === undefined || path === '') return [];
    const entry = tree?.get(path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const into = absolute(target, folder);
    const isFile = entry?.type === 'file' || (entry === undefined && /\.\w+$/.test(name));
    if (!isFile) return [];
    const size = entry?.size;
    return [{ path: isFolder ? absolute(name, into) : into, by: instruction, ...(size !== undefined && { size }) }];
  });
}

/** Whether ADD brings what is in an archive, instead of the archive. */
function isUnpacked(instruction: AddInstruction | CopyInstruction, source: string): boolean {
  if (instruction.kind !== 'ADD' || !isArchive(source)) return false;
  return !isRemote(source) || instruction.node.flags.some(({ text }) => text.startsWith('--unpack'));
}

/** The path of a source, of a URL its own; undefined where variables or wildcards stand in it. */
function addedPath(source: string): string | undefined {
  const url = /^https?:\/\/[^/?#]+\/([^?#$*]*)$/.exec(unquoted(source));
  return url === null ? sourcePath(source) : url[1];
}

/** What curl and wget write by a name that is told. */
function fetched(command: RunCommand, by: Instruction, folder: string): Added[] {
  const flags = { curl: ['o', 'output'], wget: ['O', 'output-document'] }[command.program];
  if (flags === undefined) return [];
  return flagValues(command, ...flags)
    .filter((path) => path.startsWith('/') && !path.startsWith('/dev/'))
    .map((path) => ({ path: absolute(path, folder), by }));
}

function absolute(path: string, folder: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Of two RUNs with nothing between them. */
function joined(
  context: RuleContext,
  instructions: readonly Instruction[],
  above: Instruction,
  below: Instruction,
): Fix[] {
  if (instructions[instructions.indexOf(above) + 1] !== below) return [];
  const [first, second] = [context.scriptOf(above), context.scriptOf(below)];
  if (first === undefined || second === undefined) return [];
  return joinRuns(first, second, context.dockerfile.syntax.escape);
}
