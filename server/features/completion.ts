import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver/node';
import type { Position, Range } from '../../core/dockerfile/ast.ts';
import { flagsOf } from '../../core/dockerfile/flag-set.ts';
import { INSTRUCTION_NAMES, type Instruction } from '../../core/dockerfile/instructions.ts';
import { type Preview, type Reading, stepOf } from '../reading.ts';
import { keywordDoc } from './keyword-docs.ts';

/** Characters behind which the editor asks by itself. */
export const TRIGGERS = ['-', '=', ',', '$', '{', '/', ' '] as const;

const MOUNT_TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const MOUNT_KEYS = [
  ...['type', 'target', 'source', 'from', 'readonly', 'readwrite', 'id', 'sharing', 'required', 'size', 'mode', 'uid'],
  ...['gid', 'env'],
];
const FLAG_VALUES: Readonly<Record<string, readonly string[]>> = {
  network: ['default', 'none', 'host'],
  security: ['sandbox', 'insecure'],
  link: ['true', 'false'],
  parents: ['true', 'false'],
};

/** What may stand at a place. */
export async function completions(
  reading: Reading,
  position: Position,
  signal: AbortSignal,
): Promise<CompletionItem[]> {
  const line = reading.text.split(/\r?\n/)[position.line] ?? '';
  const before = line.slice(0, position.character);
  const instruction = reading.instructionAt(position.line);
  if (/^\s*#/.test(before) || isInHeredoc(instruction, position)) return [];
  if (instruction === undefined || isKeyword(instruction, position)) return keywords(before, position);
  const variable = /\$\{?(\w*)$/.exec(before);
  if (variable !== null) {
    const preview = await reading.preview();
    return signal.aborted ? [] : variables(instruction, preview, wordRange(position, variable[1] ?? ''));
  }
  const word = /\S*$/.exec(before)?.[0] ?? '';
  if (word.startsWith('-')) return flagItems(reading, instruction, word, position);
  return argumentItems(reading, instruction, word, position, signal);
}

function isKeyword({ node }: Instruction, { line, character }: Position): boolean {
  return node.startLine === line && character <= node.keyword.range.end.character;
}

function isInHeredoc(instruction: Instruction | undefined, { line }: Position): boolean {
  return instruction?.node.heredocs.some(({ marker }) => line > marker.start.line) ?? false;
}

function keywords(before: string, position: Position): CompletionItem[] {
  const word = /\S*$/.exec(before)?.[0] ?? '';
  if (before.trim() !== word) return [];
  const isLower = word !== '' && word === word.toLowerCase();
  return INSTRUCTION_NAMES.map((name, index) => {
    const label = isLower ? name.toLowerCase() : name;
    const doc = keywordDoc(name);
    return item(label, CompletionItemKind.Keyword, `${label} `, wordRange(position, word), {
      sortText: String(index).padStart(2, '0'),
      ...(doc && { detail: doc.syntax, documentation: doc.text }),
    });
  });
}

function flagItems(reading: Reading, { node }: Instruction, word: string, position: Position): CompletionItem[] {
  const equals = word.indexOf('=');
  if (equals === -1) {
    return Object.entries(flagsOf(node.name)).map(([name, type]) => {
      const text = `--${name}${type === 'boolean' ? '' : '='}`;
      return item(text, CompletionItemKind.Property, text, wordRange(position, word));
    });
  }
  const name = word.slice(2, equals);
  const value = word.slice(equals + 1);
  if (name === 'mount') return mountItems(reading, value, position);
  const range = wordRange(position, value);
  if (name === 'from') return stageItems(reading, position, range);
  return (FLAG_VALUES[name] ?? []).map((text) => item(text, CompletionItemKind.EnumMember, text, range));
}

function mountItems(reading: Reading, value: string, position: Position): CompletionItem[] {
  const field = value.slice(value.lastIndexOf(',') + 1);
  const equals = field.indexOf('=');
  if (equals === -1) {
    const range = wordRange(position, field);
    return MOUNT_KEYS.map((key) => {
      const text = key === 'readonly' || key === 'readwrite' || key === 'required' ? key : `${key}=`;
      return item(text, CompletionItemKind.Property, text, range);
    });
  }
  const range = wordRange(position, field.slice(equals + 1));
  const key = field.slice(0, equals);
  if (key === 'from') return stageItems(reading, position, range);
  const values = key === 'type' ? MOUNT_TYPES : key === 'sharing' ? ['shared', 'private', 'locked'] : [];
  return values.map((text) => item(text, CompletionItemKind.EnumMember, text, range));
}

/** Stages above the place. */
function stageItems({ dockerfile }: Reading, { line }: Position, range: Range): CompletionItem[] {
  const here = dockerfile.stages.findLast((stage) => stage.range.start.line <= line);
  return dockerfile.stages
    .filter(({ index, name }) => name !== undefined && index < (here?.index ?? 0))
    .map(({ from, name = '' }) => {
      const text = from.stage?.text ?? name;
      return item(text, CompletionItemKind.Module, text, range, { detail: `FROM ${from.image?.text ?? ''}` });
    });
}

async function argumentItems(
  reading: Reading,
  instruction: Instruction,
  word: string,
  position: Position,
  signal: AbortSignal,
): Promise<CompletionItem[]> {
  const range = wordRange(position, word);
  if (instruction.kind === 'FROM') {
    const [image] = instruction.node.args;
    const isImage = image === undefined || position.character <= image.range.end.character;
    return isImage ? stageItems(reading, position, range) : [item('AS', CompletionItemKind.Keyword, 'AS ', range)];
  }
  if (instruction.kind === 'ONBUILD' && instruction.trigger === undefined) return keywords(word, position);
  const copies = instruction.kind === 'ADD' || (instruction.kind === 'COPY' && instruction.from === undefined);
  return copies ? pathItems(reading, word, position, signal) : [];
}

/** What lies in the folder of the context that the word names so far. */
async function pathItems(
  reading: Reading,
  word: string,
  position: Position,
  signal: AbortSignal,
): Promise<CompletionItem[]> {
  const { context } = await reading.preview();
  if (context === undefined || signal.aborted) return [];
  const slash = word.lastIndexOf('/');
  const folder = word.slice(0, slash + 1).replace(/^\.?\/+|\/+$/g, '');
  const range = wordRange(position, word.slice(slash + 1));
  return context.tree.children(folder).map(({ path, type }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return type === 'directory'
      ? item(`${name}/`, CompletionItemKind.Folder, `${name}/`, range)
      : item(name, CompletionItemKind.File, name, range);
  });
}

function variables({ node }: Instruction, preview: Preview, range: Range): CompletionItem[] {
  const known = stepOf(preview, node.startLine)?.variables ?? {};
  return Object.entries(known).map(([name, value]) =>
    item(name, CompletionItemKind.Variable, name, range, { detail: value }),
  );
}

function wordRange({ line, character }: Position, word: string): Range {
  return { start: { line, character: character - word.length }, end: { line, character } };
}

function item(
  label: string,
  kind: CompletionItemKind,
  newText: string,
  range: Range,
  more: Partial<CompletionItem> = {},
): CompletionItem {
  const goesOn = /[= /]$/.test(newText);
  return {
    label,
    kind,
    insertTextFormat: InsertTextFormat.PlainText,
    textEdit: { range, newText },
    ...(goesOn && { command: { title: 'Suggest', command: 'editor.action.triggerSuggest' } }),
    ...more,
  };
}
