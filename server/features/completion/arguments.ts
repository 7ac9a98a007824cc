import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import type { Entry } from '../../knowledge/entry.ts';
import { LABELS, PORTS, SHELLS, SIGNALS } from '../../knowledge/values.ts';
import { markers } from './heredocs.ts';
import { images } from './images.ts';
import { item } from './item.ts';
import { keywords } from './keywords.ts';
import { packages } from './packages.ts';
import { contextPaths, stagePaths } from './paths.ts';
import { type Place, rangeBefore } from './place.ts';
import { stages } from './stages.ts';
import { users } from './users.ts';
import { argumentNames } from './variables.ts';

/** What may stand in an instruction's arguments. */
export async function instructionArguments(place: Place): Promise<CompletionItem[]> {
  const { instruction, word, position, before } = place;
  const range = rangeBefore(position, word);
  switch (instruction.kind) {
    case 'FROM':
      return fromArguments(place, range);
    case 'COPY':
    case 'ADD':
      return copyArguments(place);
    case 'RUN':
      return (
        (await packages(place.reading, position, before)) ??
        (before.trim().split(/\s+/).length <= 2 ? markers(place) : [])
      );
    case 'ARG':
      return word.includes('=') ? [] : argumentNames(place);
    case 'LABEL':
      return word.includes('=')
        ? []
        : LABELS.map(({ name, text }) =>
            item(name, CompletionItemKind.Property, `${name}=`, range, { documentation: text }),
          );
    case 'EXPOSE':
      return exposeArguments(place, range);
    case 'USER':
      return users(place, range);
    case 'WORKDIR':
    case 'VOLUME':
      return stagePaths(place, word);
    case 'STOPSIGNAL':
      return ordered(SIGNALS, CompletionItemKind.Constant, range);
    case 'SHELL':
      return shells(place);
    case 'HEALTHCHECK':
      return instruction.type === undefined || instruction.type.text === word
        ? [
            item('CMD', CompletionItemKind.Keyword, 'CMD ', range, {
              order: 0,
              documentation: 'The command that checks.',
            }),
            item('NONE', CompletionItemKind.Keyword, 'NONE', range, {
              order: 1,
              documentation: 'Turns the base image’s check off.',
            }),
          ]
        : [];
    case 'CMD':
    case 'ENTRYPOINT':
      return commandArguments(place, range);
    case 'ONBUILD':
      return keywords(word, position).filter(({ label }) => !/^(?:FROM|ONBUILD|MAINTAINER)$/i.test(label));
    default:
      return [];
  }
}

/** Each takes the place of all that stands of the array. */
function shells({ before, position, reading }: Place): CompletionItem[] {
  const written = /^\S+\s+(.*)$/.exec(before)?.[1] ?? '';
  if (written !== '' && !SHELLS.some(({ name }) => name.startsWith(written))) return [];
  const { start, end } = rangeBefore(position, written);
  const closed = /^[\s"\]]*$/.exec(reading.line(position.line).slice(position.character))?.[0] ?? '';
  return ordered(SHELLS, CompletionItemKind.Value, {
    start,
    end: { line: end.line, character: end.character + closed.trimEnd().length },
  });
}

function ordered(list: readonly Entry[], kind: CompletionItemKind, range: Range): CompletionItem[] {
  return list.map(({ name, text }, order) => item(name, kind, name, range, { order, documentation: text }));
}

async function fromArguments(place: Place, range: Range): Promise<CompletionItem[]> {
  const words = place.before.split(/\s+/).filter((each) => !each.startsWith('--'));
  if (words.length === 2) {
    const scratch = item('scratch', CompletionItemKind.Constant, 'scratch', range, {
      order: 900,
      documentation: 'Nothing: the stage starts with no files.',
    });
    return [...stages(place, range, 'named'), ...(await images(place, range)), scratch];
  }
  return words.length === 3
    ? [item('AS', CompletionItemKind.Keyword, 'AS ', range, { documentation: 'Names the stage.' })]
    : [];
}

async function copyArguments(place: Place): Promise<CompletionItem[]> {
  const { instruction, word, before } = place;
  if (instruction.kind !== 'COPY' && instruction.kind !== 'ADD') return [];
  const isJson = /^\S+\s+(?:--\S+\s+)*\[/.test(before);
  const text = isJson ? (/[^\s["]*$/.exec(word)?.[0] ?? '') : word;
  const written = before
    .split(/\s+/)
    .slice(1, -1)
    .filter((each) => !each.startsWith('--') && each !== '');
  const ofContext = instruction.kind === 'ADD' || instruction.from === undefined;
  const sources = ofContext ? await contextPaths(place, text) : stagePaths(place, text);
  const destinations = written.length > 0 && (text === '' || text.startsWith('/')) ? stagePaths(place, text) : [];
  return [...sources, ...destinations, ...(written.length === 0 && !isJson ? markers(place) : [])];
}

function exposeArguments({ word, position, reading }: Place, range: Range): CompletionItem[] {
  if (/^\d+\/\w*$/.test(word)) {
    const typed = word.slice(word.indexOf('/') + 1);
    return ['tcp', 'udp', 'sctp'].map((text) =>
      item(text, CompletionItemKind.EnumMember, text, rangeBefore(position, typed)),
    );
  }
  const stage = reading.stageAt(position.line);
  const variables = (stage?.instructions ?? []).flatMap((each) => (each.kind === 'ENV' ? each.pairs : []));
  const named = variables.filter(({ name, value }) => /PORT$/i.test(name.text) && /^\d+$/.test(value.text));
  return [
    ...named.map(({ name, value }) =>
      item(value.text, CompletionItemKind.Value, value.text, range, { order: 0, detail: name.text }),
    ),
    ...PORTS.map(({ name, text }, order) =>
      item(name, CompletionItemKind.Value, name, range, { order: order + 1, detail: text }),
    ),
  ];
}

/** Both forms, and what was set as ENTRYPOINT or CMD before. */
function commandArguments({ word, before }: Place, range: Range): CompletionItem[] {
  if (before.trim().split(/\s+/).length > 1 && word !== '') return [];
  if (word !== '' && word !== '[') return [];
  return [
    item('["program", "argument"]', CompletionItemKind.Snippet, '["${1:program}", "${2:argument}"]', range, {
      snippet: true,
      order: 0,
      documentation: 'Exec form: the program gets signals itself, no shell is needed.',
      filterText: '[',
    }),
  ];
}
