import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import type { Entry } from '../../knowledge/entry.ts';
import { LABELS, PORTS, SHELLS, SIGNALS, STAGE_NAMES } from '../../knowledge/values.ts';
import { markers } from './heredocs.ts';
import { images } from './images.ts';
import { item } from './item.ts';
import { type JsonPlace, jsonPlace } from './json-string.ts';
import { keywords } from './keywords.ts';
import { inCaseOf } from './letter-case.ts';
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
  // These take one word.
  if (/^(?:WORKDIR|USER|STOPSIGNAL)$/.test(instruction.kind) && !/^\S+\s+\S*$/.test(before)) return [];
  switch (instruction.kind) {
    case 'FROM':
      return fromArguments(place, range);
    case 'COPY':
    case 'ADD':
      return copyArguments(place);
    case 'RUN':
      return (await packages(place.reading, position, before)) ?? (canOpenHeredoc(place) ? markers(place) : []);
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
      return stagePaths(place, word, 'directories');
    case 'VOLUME': {
      const json = jsonPlace(place);
      return json === undefined ? stagePaths(place, word, 'directories') : inString(place, json);
    }
    case 'STOPSIGNAL':
      return ordered(SIGNALS, CompletionItemKind.Constant, range);
    case 'SHELL':
      return shells(place);
    case 'HEALTHCHECK':
      return instruction.type === undefined || instruction.type.text === word ? healthChecks(instruction, range) : [];
    case 'CMD':
    case 'ENTRYPOINT':
      return commandArguments(place);
    case 'ONBUILD':
      return keywords(word, position, place.reading).filter(
        ({ label }) => !/^(?:FROM|ONBUILD|MAINTAINER)$/i.test(label),
      );
    default:
      return [];
  }
}

function healthChecks(instruction: Instruction, range: Range): CompletionItem[] {
  const [cmd, none] = [inCaseOf(instruction, 'CMD'), inCaseOf(instruction, 'NONE')];
  return [
    item(cmd, CompletionItemKind.Keyword, `${cmd} `, range, { order: 0, documentation: 'The command that checks.' }),
    item(none, CompletionItemKind.Keyword, none, range, {
      order: 1,
      documentation: 'Turns the base image’s check off.',
    }),
  ];
}

/** Each takes the place of all that stands of the array. */
function shells({ before, position, after }: Place): CompletionItem[] {
  const written = /^\S+\s+(.*)$/.exec(before)?.[1] ?? '';
  if (written !== '' && !SHELLS.some(({ name }) => name.startsWith(written))) return [];
  const { start, end } = rangeBefore(position, written);
  const closed = /^[\s"\]]*$/.exec(after)?.[0] ?? '';
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
  if (words.length === 4 && words[2]?.toUpperCase() === 'AS') return stageNames(place, range);
  const as = inCaseOf(place.instruction, 'AS');
  return words.length === 3
    ? [item(as, CompletionItemKind.Keyword, `${as} `, range, { documentation: 'Names the stage.' })]
    : [];
}

/** Usual names that no other stage has. */
function stageNames({ reading, instruction }: Place, range: Range): CompletionItem[] {
  const others = reading.dockerfile.stages.filter(({ from }) => from !== instruction);
  const taken = new Set(others.map(({ name }) => name));
  return ordered(
    STAGE_NAMES.filter(({ name }) => !taken.has(name)),
    CompletionItemKind.Module,
    range,
  );
}

/** Sources, and behind the first of them destinations. */
async function copyArguments(place: Place): Promise<CompletionItem[]> {
  const { instruction, word, before } = place;
  if (instruction.kind !== 'COPY' && instruction.kind !== 'ADD') return [];
  const json = jsonPlace(place);
  if (json !== undefined && json.typed === undefined) return [];
  const text = json?.typed ?? word;
  const words = before.split(/\s+/).slice(1, -1);
  const written = json?.stringsBefore ?? words.filter((each) => !each.startsWith('--') && each !== '').length;
  const isOfContext = instruction.kind === 'ADD' || instruction.from === undefined;
  const mayEnd = written > 0 && (text === '' || /^[./]/.test(text));
  return [
    ...(isOfContext && !(written > 0 && text.startsWith('/')) ? await contextPaths(place, text) : []),
    ...(mayEnd || (isOfContext && written === 0) ? here(place, text) : []),
    ...(mayEnd || !isOfContext ? stagePaths(place, text, 'both-forms') : []),
    ...(written === 0 && json === undefined ? markers(place) : []),
  ];
}

/** The directory itself: of the context, or the working one. */
function here({ position }: Place, text: string): CompletionItem[] {
  const range = rangeBefore(position, text);
  return text.replace(/^\.\/?$/, '') === ''
    ? ['.', './'].map((each) => item(each, CompletionItemKind.Folder, each, range, { order: 0 }))
    : [];
}

function inString(place: Place, { typed }: JsonPlace): CompletionItem[] {
  return typed === undefined ? [] : stagePaths(place, typed, 'directories');
}

/** Where the first word of a command stands, or a `<` begins one. */
function canOpenHeredoc({ before, word }: Place): boolean {
  return word.startsWith('<') || /^\S+\s+(?:--\S+\s+)*$/.test(before);
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

/** Exec form, also in a bracket that is open already. */
function commandArguments({ before, position, after }: Place): CompletionItem[] {
  if (!/^\S+\s+\[?$/.test(before)) return [];
  const closed = before.endsWith('[') ? (/^\s*\]/.exec(after)?.[0].length ?? 0) : 0;
  if (after.slice(closed).trim() !== '') return [];
  const { start, end } = rangeBefore(position, before.endsWith('[') ? '[' : '');
  const range = { start, end: { line: end.line, character: end.character + closed } };
  return [
    item('["program", "argument"]', CompletionItemKind.Snippet, '["${1:program}", "${2:argument}"]', range, {
      snippet: true,
      order: 0,
      documentation: 'Exec form: the program gets signals itself, no shell is needed.',
      filterText: '[',
    }),
  ];
}
