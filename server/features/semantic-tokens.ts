import {
  type Range,
  type SemanticTokens,
  SemanticTokensBuilder,
  type SemanticTokensDelta,
} from 'vscode-languageserver/node';
import type { Reading } from '../reading.ts';
import { type Paint, TOKEN_MODIFIERS, TOKEN_TYPES } from './semantic/legend.ts';
import { paintInstruction } from './semantic/paint-instruction.ts';

/** What the editor is told of the numbers. */
export const LEGEND = { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] };

const TYPE_NUMBERS = new Map(TOKEN_TYPES.map((type, index) => [type, index]));
const MODIFIER_BITS = new Map(TOKEN_MODIFIERS.map((modifier, index) => [modifier, 1 << index]));

/** Colours of documents. What was last told of each is kept, so that a change tells only what differs. */
export class SemanticColours {
  private readonly builders = new Map<string, SemanticTokensBuilder>();

  full(reading: Reading): SemanticTokens {
    return this.fill(reading, paintsOf(reading)).build();
  }

  /** What differs from the answer with that id; everything where that answer is not known any more. */
  delta(reading: Reading, previousResultId: string): SemanticTokens | SemanticTokensDelta {
    const builder = this.builder(reading.uri);
    builder.previousResult(previousResultId);
    push(builder, paintsOf(reading));
    return builder.buildEdits();
  }

  range(reading: Reading, { start, end }: Range): SemanticTokens {
    const builder = new SemanticTokensBuilder();
    push(builder, paintsOf(reading, start.line, end.line));
    return builder.build();
  }

  forget(uri: string): void {
    this.builders.delete(uri);
  }

  private fill(reading: Reading, paints: readonly Paint[]): SemanticTokensBuilder {
    this.builders.delete(reading.uri);
    const builder = this.builder(reading.uri);
    push(builder, paints);
    return builder;
  }

  private builder(uri: string): SemanticTokensBuilder {
    const known = this.builders.get(uri) ?? new SemanticTokensBuilder();
    this.builders.set(uri, known);
    return known;
  }
}

function push(builder: SemanticTokensBuilder, paints: readonly Paint[]): void {
  for (const { line, character, length, type, modifier } of paints) {
    const bits = modifier === undefined ? 0 : (MODIFIER_BITS.get(modifier) ?? 0);
    builder.push(line, character, length, TYPE_NUMBERS.get(type) ?? 0, bits);
  }
}

/** Coloured pieces in the order of the text, none over another. */
export function paintsOf(
  { dockerfile }: Reading,
  firstLine = 0,
  lastLine = Number.POSITIVE_INFINITY,
): readonly Paint[] {
  const { syntax, stages, instructions } = dockerfile;
  const names = new Set(stages.flatMap(({ name }) => name ?? []));
  const isStage = (text: string): boolean =>
    names.has(text.toLowerCase()) || (/^\d+$/.test(text) && Number(text) < stages.length);
  const isIn = (start: number, end: number): boolean => start <= lastLine && end >= firstLine;
  const paints: Paint[] = [];
  for (const { key, value, range } of syntax.directives) {
    if (!isIn(range.start.line, range.end.line)) continue;
    const { line } = range.start;
    const { character } = key.range.start;
    paints.push({ line, character, length: key.text.length, type: 'macro' });
    paints.push({ line, character: value.range.start.character, length: value.text.length, type: 'string' });
  }
  for (const { range, text } of syntax.comments) {
    if (!isIn(range.start.line, range.end.line)) continue;
    paints.push({ line: range.start.line, character: range.start.character, length: text.length, type: 'comment' });
  }
  for (const instruction of instructions) {
    if (!isIn(instruction.node.startLine, instruction.node.endLine)) continue;
    for (const paint of paintInstruction(instruction, syntax.escape, isStage)) paints.push(paint);
  }
  paints.sort((a, b) => a.line - b.line || a.character - b.character);
  return paints.filter(({ line, character, length }, index) => {
    if (!isIn(line, line)) return false;
    const next = paints[index + 1];
    return next === undefined || next.line !== line || character + length <= next.character;
  });
}
