import type { SignatureHelp, SignatureInformation } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { isBefore } from '../../core/dockerfile/positions.ts';
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
    activeParameter: Math.min(written(form, place), form.length - 1),
  };
}

type Form = readonly string[];

function information(name: string, parts: Form): SignatureInformation {
  const doc = keywordDoc(name);
  let label = name;
  const parameters = parts.map((part) => {
    const start = label.length + 1;
    label += ` ${part}`;
    return { label: [start, label.length] as [number, number] };
  });
  return { label, parameters, ...(doc && { documentation: { kind: 'markdown' as const, value: doc.text } }) };
}

/** The form of one word where that is begun, the JSON form once a bracket is open. */
function chosen(forms: readonly Form[], { before }: Place): number {
  const rest = withoutFlags(before);
  const first = /^\S*/.exec(rest)?.[0].toUpperCase() ?? '';
  const named = forms.findIndex((parts) => first !== '' && isNamed(parts) && parts[0]?.startsWith(first));
  if (named !== -1) return named;
  const isJson = rest.startsWith('[');
  return Math.max(
    forms.findIndex((parts) => isJsonForm(parts) === isJson && !isNamed(parts)),
    0,
  );
}

function isJsonForm([first]: Form): boolean {
  return first?.startsWith('["') === true;
}

/** `NONE`. */
function isNamed(parts: Form): boolean {
  return parts.length === 1 && parts[0] === 'NONE';
}

/** Which part of a form the place is in: flags count as one, in front of the words. */
function written(form: Form, { before, instruction, position }: Place): number {
  const rest = withoutFlags(before);
  if (isJsonForm(form)) return rest.replace(/"(?:[^"\\]|\\.)*"?/g, '').split(',').length - 1;
  if (/^\S+\s+(?:--\S*\s+)*--\S*$/.test(before)) return 0;
  const flags = form[0]?.includes('--') ? 1 : 0;
  const destination = instruction.kind === 'COPY' || instruction.kind === 'ADD' ? instruction.destination : undefined;
  if (destination !== undefined && isBefore(position, destination.range.start)) return flags;
  return flags + rest.split(/\s+/).length - 1;
}

function withoutFlags(before: string): string {
  return before.replace(/^\S+\s+/, '').replace(/^(?:--\S*\s+)+/, '');
}
