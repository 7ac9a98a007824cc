import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import { baseStage, type Stage } from '../../../core/dockerfile/stages.ts';
import { USERS } from '../../knowledge/values.ts';
import type { Reading } from '../../reading.ts';
import { item } from './item.ts';
import type { Place } from './place.ts';

const ADDS_USER = new Set(['useradd', 'adduser']);
const ADDS_GROUP = new Set(['groupadd', 'addgroup']);
/** Options of these programs that take a value behind a blank. */
const TAKES_VALUE =
  /^(?:-[uGgdcsekhfpKRb]|--(?:uid|gid|groups|home-dir|home|comment|gecos|shell|ingroup|base-dir|password|expiredate))$/;

/** Users that the stage has, as far as its text and its base image tell. */
export function users(place: Place, range: Range): CompletionItem[] {
  const { made, image } = knownUsers(place);
  return [
    ...made.map((name) =>
      item(name, CompletionItemKind.Constant, name, range, { order: 0, detail: 'made in this stage' }),
    ),
    ...(image === undefined
      ? []
      : [item(image, CompletionItemKind.Constant, image, range, { order: 1, detail: 'of the base image' })]),
    ...USERS.map(({ name, text }) =>
      item(name, CompletionItemKind.Constant, name, range, { order: 2, documentation: text }),
    ),
  ];
}

/** The same, each with the group of its name: what `--chown` takes. */
export function owners(place: Place, range: Range): CompletionItem[] {
  const { made, image } = knownUsers(place);
  const names = [...made, ...(image === undefined ? [] : [image]), 'root', '1000'];
  return [...new Set(names)].flatMap((name, order) => {
    const pair = name.includes(':') ? name : `${name}:${name}`;
    return [item(pair, CompletionItemKind.Constant, pair, range, { order })];
  });
}

interface KnownUsers {
  readonly made: readonly string[];
  /** Who the base image runs as. */
  readonly image: string | undefined;
}

function knownUsers({ reading, position }: Place): KnownUsers {
  const stage = reading.stageAt(position.line);
  const made = new Set<string>();
  let base = stage;
  for (let at = stage; at !== undefined; at = below(reading, at)) {
    base = at;
    for (const instruction of at.instructions) {
      if (instruction.node.startLine >= position.line) break;
      if (instruction.kind === 'USER' && instruction.user) made.add(instruction.user.text);
      if (instruction.kind !== 'RUN') continue;
      const scripts = [
        ...instruction.node.args.map(({ text }) => text),
        ...instruction.node.heredocs.map(({ content }) => content),
      ];
      for (const name of scripts.flatMap((script) => usersMadeBy(reading.commandsOf(script)))) made.add(name);
    }
  }
  const reference = base?.from.image && reading.variables.expand(base.from.image, reading.variables.globals());
  const image = reference === undefined ? undefined : reading.engine.knownImage(reference)?.user;
  return { made: [...made], image: image === '' ? undefined : image };
}

function below({ dockerfile: { stages } }: Reading, stage: Stage): Stage | undefined {
  return baseStage(stages, stage, stage.from.image?.text.toLowerCase() ?? '');
}

/** The users that a script makes: the last word of `useradd` and its like that is no option's value. */
function usersMadeBy(commands: ReturnType<Reading['commandsOf']>): string[] {
  return commands.flatMap((words) => {
    const program = words[0]?.text.replace(/^.*\//, '') ?? '';
    if (!ADDS_USER.has(program) || ADDS_GROUP.has(program)) return [];
    const names = words.slice(1).filter(({ text }, index, rest) => {
      const previous = rest[index - 1]?.text ?? '';
      return !text.startsWith('-') && !TAKES_VALUE.test(previous);
    });
    const [first] = names;
    return first !== undefined && /^[a-z_][\w-]*$/i.test(first.text) ? [first.text] : [];
  });
}
