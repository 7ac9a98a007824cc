import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import { baseStage, type Stage } from '../../../core/dockerfile/stages.ts';
import { accountMadeBy } from '../../../core/lint/made-accounts.ts';
import { USERS } from '../../knowledge/values.ts';
import type { Reading } from '../../reading.ts';
import { item } from './item.ts';
import { type Place, rangeBefore } from './place.ts';

/** Users that the stage has, as far as its text and its base image tell. */
export function users(place: Place, range: Range): CompletionItem[] {
  if (place.word.includes(':')) return groups(place);
  const { made, ofImage } = knownUsers(place);
  return [
    ...made.map((name) =>
      item(name, CompletionItemKind.Constant, name, range, { order: 0, detail: 'made in this stage' }),
    ),
    ...ofImage
      .filter((name) => !made.includes(name))
      .map((name) => item(name, CompletionItemKind.Constant, name, range, { order: 1, detail: 'of the base image' })),
    ...USERS.filter(({ name }) => !made.includes(name) && !ofImage.includes(name)).map(({ name, text }) =>
      item(name, CompletionItemKind.Constant, name, range, { order: 2, documentation: text }),
    ),
  ];
}

/** Groups, behind the colon: those that were made, and those of the users. */
function groups(place: Place): CompletionItem[] {
  const { made, groups } = knownUsers(place);
  const range = rangeBefore(place.position, place.word.slice(place.word.indexOf(':') + 1));
  return [...new Set([...groups, ...made, 'root'])].map((name, order) =>
    item(name, CompletionItemKind.Constant, name, range, { order }),
  );
}

/** The same, each with the group of its name: what `--chown` takes. */
export function owners(place: Place, range: Range): CompletionItem[] {
  const { made, ofImage } = knownUsers(place);
  const names = [...made, ...ofImage, 'root', '1000'];
  return [...new Set(names)].flatMap((name, order) => {
    const pair = name.includes(':') ? name : `${name}:${name}`;
    return [item(pair, CompletionItemKind.Constant, pair, range, { order })];
  });
}

interface KnownUsers {
  readonly made: readonly string[];
  readonly groups: readonly string[];
  /** Who the base image runs as, then the users that it has, as far as they are known. */
  readonly ofImage: readonly string[];
}

function knownUsers({ reading, position }: Place): KnownUsers {
  const stage = reading.stageAt(position.line);
  const made = new Set<string>();
  const groups = new Set<string>();
  let base = stage;
  for (let at = stage; at !== undefined; at = below(reading, at)) {
    base = at;
    for (const instruction of at.instructions) {
      if (instruction.node.startLine >= position.line) break;
      if (instruction.kind === 'USER' && instruction.user) made.add(instruction.user.text.split(':', 1)[0] ?? '');
      if (instruction.kind !== 'RUN') continue;
      const scripts = [
        ...instruction.node.args.map(({ text }) => text),
        ...instruction.node.heredocs.map(({ content }) => content),
      ];
      for (const words of scripts.flatMap((script) => reading.commandsOf(script))) {
        const account = accountMadeBy(words.map(({ text }) => text));
        if (account) (account.kind === 'user' ? made : groups).add(account.name);
      }
    }
  }
  const reference = base?.from.image && reading.variables.expand(base.from.image, reading.variables.globals());
  const image = reference === undefined ? undefined : reading.engine.knownImage(reference);
  const ofImage = [...new Set([...(image?.user ? [image.user] : []), ...(image?.users ?? [])])];
  return { made: [...made], groups: [...groups], ofImage };
}

function below({ dockerfile: { stages } }: Reading, stage: Stage): Stage | undefined {
  return baseStage(stages, stage, stage.from.image?.text.toLowerCase() ?? '');
}
