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
  const { before, after, position, reading } = place;
  const open = /(?:^|[^\\])\$(\{?)([A-Za-z_]\w*)?$/.exec(before);
  if (open === null) return modifiers(place);
  const [, brace = '', name = ''] = open;
  const range = rangeBefore(position, name);
  const closes = brace === '{' && !/^[^\s${"']*\}/.test(after);
  const written = (each: string): string => (closes ? `${each}}` : each);
  const table = reading.variables.before(place.instruction);
  const ofShell = shellNames(place).filter((each) => !table.has(each));
  const own = ofShell.map((each) =>
    item(each, CompletionItemKind.Variable, written(each), range, { detail: 'set by this script', filterText: each }),
  );
  const known = [...table.values()].map((variable) =>
    item(variable.name, CompletionItemKind.Variable, written(variable.name), range, {
      detail: variable.value ?? (variable.origin === 'image' ? 'set by the base image' : 'set by the build'),
      documentation: `From ${ORIGINS[variable.origin]}.`,
      filterText: variable.name,
    }),
  );
  return [...known, ...own];
}

const SET_BY_SHELL = /(?:^|[\s;&|(])(?:([A-Za-z_]\w*)\+?=|(?:for|read|select)\s+([A-Za-z_]\w*))/g;

/** What the script of a RUN sets above the place. */
function shellNames({ instruction, reading, position }: Place): string[] {
  if (instruction.kind !== 'RUN') return [];
  const { start } = instruction.node.range;
  const script = reading.textIn({ start, end: position });
  return [...new Set([...script.matchAll(SET_BY_SHELL)].flatMap(([, set, looped]) => set ?? looped ?? []))];
}

function modifiers({ before, position }: Place): CompletionItem[] | undefined {
  const written = /\$\{\w+([:#%/?+-]{1,2})$/.exec(before)?.[1];
  if (written === undefined) return undefined;
  return MODIFIERS.filter(({ name }) => name.startsWith(written) && name !== written).map(({ name, text }) =>
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
