import type { Range } from '../../dockerfile/ast.ts';
import type { RunInstruction } from '../../dockerfile/instructions.ts';
import { aptSubcommand } from '../apt-command.ts';
import type { StageFacts } from '../file-facts.ts';
import { type Fix, hadolintUrl, type Rule } from '../rule.ts';
import { type RunCommand, type RunScript, runScripts } from '../run-scripts.ts';
import { shellCommands } from '../shell-commands.ts';

const LISTS = '/var/lib/apt/lists';
const REMOVAL = `&& rm -rf ${LISTS}/*`;

/** `apt-get update` whose lists stay in a layer of the image: hadolint's DL3009. */
export const aptListsLeft: Rule = {
  id: 'apt-lists-left',
  code: 'DL3009',
  title: 'The package lists of apt should not stay in the image',
  aliases: [],
  severity: 'info',
  url: hadolintUrl('DL3009'),
  *check({ dockerfile, text, facts }) {
    const shipped = shippedStages(facts.stages);
    const lines = text.split('\n');
    for (const script of runScripts(dockerfile)) {
      if (!shipped.has(script.stage.index) || listsAreMounted(script.run)) continue;
      if (script.commands.some(removesLists)) continue;
      const [first] = updates(script.commands);
      if (first === undefined) continue;
      yield {
        message: `The package lists that ${first.program} update fetches stay in this layer; remove ${LISTS}/* in the same RUN`,
        range: first.range,
        at: script.outer.node,
        fixes: removal(script, lines, dockerfile.syntax.escape),
      };
    }
  },
};

/** The last stage and those that it builds on: layers of others do not come into the image. */
function shippedStages(stages: readonly StageFacts[]): Set<number> {
  const shipped = new Set<number>();
  for (let at = stages.at(-1); at !== undefined; at = at.base) shipped.add(at.stage.index);
  return shipped;
}

function updates(commands: readonly RunCommand[]): { program: string; range: Range }[] {
  return commands.flatMap((command) => {
    const at = aptSubcommand(command, ['apt', 'apt-get', 'aptitude'], 'update');
    return at === undefined ? [] : [{ program: command.program, range: command.rangeOf(0, at) }];
  });
}

function removesLists({ program, words }: RunCommand): boolean {
  return (program === 'rm' || program === 'find') && words.some((word) => word.startsWith(LISTS));
}

/** Whether the lists go to a cache or a tmpfs instead of the layer. */
function listsAreMounted({ mounts }: RunInstruction): boolean {
  return mounts.some(({ fields }) => {
    const fieldOf = (...names: string[]): string =>
      fields.find(({ key }) => names.includes(key.text.toLowerCase()))?.value?.text ?? '';
    const target = fieldOf('target', 'dst', 'destination').replace(/\/+$/, '');
    return /^(?:cache|tmpfs)$/.test(fieldOf('type')) && (LISTS === target || LISTS.startsWith(`${target}/`));
  });
}

/** Adds the removal behind the last command, on a line of its own where the RUN has several. */
function removal({ shellForm }: RunScript, lines: readonly string[], continuation: string): Fix[] {
  if (shellForm === undefined || !canFollow(shellForm.text)) return [];
  const { start, end } = shellForm.range;
  const indent = /^\s*/.exec(lines[end.line] ?? '')?.[0] ?? '';
  const separator = start.line === end.line ? ' ' : ` ${continuation}\n${indent || '  '}`;
  const newText = `${separator}${REMOVAL}`;
  return [{ title: `Remove ${LISTS}/* at the end`, edits: [{ range: { start: end, end }, newText }] }];
}

/** Whether what is added at the end of a script is a command of its own: not in a quote, a comment or behind an operator. */
function canFollow(script: string): boolean {
  const [program] = shellCommands(`${script} ${REMOVAL}`).at(-1) ?? [];
  return program?.text === 'rm' && program.start > script.length && !/[;&|\\(]\s*$/.test(script);
}
