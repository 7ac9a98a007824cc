import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Variable } from '../../../core/dockerfile/variables.ts';
import { MODIFIERS, PREDEFINED } from '../../knowledge/values.ts';
import { item } from './item.ts';
import { type Place, rangeBefore } from './place.ts';

const ORIGINS = {
  env: 'ENV',
  arg: 'ARG',
  global: 'ARG above the first FROM',
  image: 'the base image',
  predefined: 'the builder',
} as const satisfies Record<Variable['origin'], string>;

/** What may stand behind `$`, `${` or `${NAME`; undefined where the place is not behind a `$`. */
export function variables(place: Place): CompletionItem[] | undefined {
  const { before, position, reading } = place;
  const open = /(?:^|[^\\])\$(\{?)([A-Za-z_]\w*)?$/.exec(before);
  if (open === null) return modifiers(place);
  const [, brace = '', name = ''] = open;
  const range = rangeBefore(position, name);
  const closes = brace === '{' && reading.line(position.line).charAt(position.character) !== '}';
  return [...reading.variables.before(place.instruction).values()].map((variable) => {
    const text = closes ? `${variable.name}}` : variable.name;
    return item(variable.name, CompletionItemKind.Variable, text, range, {
      detail: variable.value ?? (variable.origin === 'image' ? 'set by the base image' : 'set by the build'),
      documentation: `From ${ORIGINS[variable.origin]}.`,
      filterText: variable.name,
    });
  });
}

function modifiers({ before, position }: Place): CompletionItem[] | undefined {
  const written = /\$\{\w+([:#%/?+-]{1,2})$/.exec(before)?.[1];
  if (written === undefined) return undefined;
  return MODIFIERS.filter(({ name }) => name.startsWith(written)).map(({ name, text }) =>
    item(name, CompletionItemKind.Operator, name, rangeBefore(position, written), { documentation: text }),
  );
}

/** Names that ARG may declare: those that the builder sets, and ARGs above the first FROM. */
export function argumentNames({ reading, position, word }: Place): CompletionItem[] {
  const range = rangeBefore(position, word);
  const inStage = reading.stageAt(position.line) !== undefined;
  const globals = inStage ? [...reading.variables.globals().values()].filter(({ origin }) => origin === 'global') : [];
  return [
    ...globals.map(({ name, value }) =>
      item(name, CompletionItemKind.Variable, name, range, { order: 0, detail: value ?? 'set by the build' }),
    ),
    ...PREDEFINED.map(({ name, text }) =>
      item(name, CompletionItemKind.Constant, name, range, { order: 1, documentation: text }),
    ),
  ];
}
