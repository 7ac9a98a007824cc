import type { SignatureHelp, SignatureInformation } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { keywordDoc } from '../knowledge/keywords.ts';
import { SIGNATURES } from '../knowledge/signatures.ts';
import type { Reading } from '../reading.ts';
import { heredocAt } from './completion/heredocs.ts';
import { type Place, placeAt } from './completion/place.ts';

/** Characters behind which the editor asks by itself. */
export const SIGNATURE_TRIGGERS = [' ', ',', '=', '[', '"'] as const;

/** The forms of the instruction at a place, and the part that is being written. */
export function signatureHelp(reading: Reading, position: Position): SignatureHelp | undefined {
  const place = placeAt(reading, position);
  if (place === undefined || !/\s/.test(place.before)) return undefined;
  if (heredocAt(place.instruction, position) !== undefined) return undefined;
  if (/^\s*#/.test(reading.line(position.line).slice(0, position.character))) return undefined;
  const forms = SIGNATURES[place.instruction.node.name];
  if (forms === undefined) return undefined;
  const activeSignature = chosen(forms, place);
  const form = forms[activeSignature] ?? [];
  return {
    signatures: forms.map((parts) => information(place.instruction.node.name, parts)),
    activeSignature,
    activeParameter: Math.min(written(place), form.length - 1),
  };
}

function information(name: string, parts: readonly string[]): SignatureInformation {
  const doc = keywordDoc(name);
  let label = name;
  const parameters = parts.map((part) => {
    const start = label.length + 1;
    label += ` ${part}`;
    return { label: [start, label.length] as [number, number] };
  });
  return { label, parameters, ...(doc && { documentation: doc.text }) };
}

/** The JSON form once a bracket is open, the form without `=` where one is written without. */
function chosen(forms: readonly (readonly string[])[], { before }: Place): number {
  const rest = withoutFlags(before);
  const isJson = rest.startsWith('[');
  const found = forms.findIndex((parts) => (parts[0]?.startsWith('[') && parts[0] !== '[FLAGS]') === isJson);
  const first = rest.split(/\s+/)[0] ?? '';
  const named = forms.findIndex((parts) => first !== '' && parts.length === 1 && parts[0] === first.toUpperCase());
  return named !== -1 ? named : Math.max(found, 0);
}

/** Which part the place is in: flags count as one, in front of the words. */
function written({ before, instruction }: Place): number {
  const rest = withoutFlags(before);
  const flags = (SIGNATURES[instruction.node.name]?.[0]?.[0] ?? '').includes('--') ? 1 : 0;
  if (/^\S+\s+(?:--\S*\s+)*--\S*$/.test(before)) return 0;
  const words = rest.startsWith('[') ? rest.split(',').length - 1 : rest.split(/\s+/).length - 1;
  return flags + words;
}

function withoutFlags(before: string): string {
  return before.replace(/^\S+\s+/, '').replace(/^(?:--\S*\s+)+/, '');
}
