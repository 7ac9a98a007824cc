import {
  type Range,
  type SemanticTokens,
  SemanticTokensBuilder,
  type SemanticTokensDelta,
} from 'vscode-languageserver/node';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
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
  { dockerfile }: Pick<Reading, 'dockerfile'>,
  firstLine = 0,
  lastLine = Number.POSITIVE_INFINITY,
): readonly Paint[] {
  const { syntax, stages, instructions } = dockerfile;
  const names = stages.map(({ name }) => name ?? '');
  const ground = { escapeToken: syntax.escape, stages: names.join(' '), isStage: stageTest(names) };
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
    for (const paint of paintsOfInstruction(instruction, ground)) paints.push(paint);
  }
  paints.sort((a, b) => a.line - b.line || a.character - b.character);
  return paints.filter(({ line, character, length }, index) => {
    if (!isIn(line, line)) return false;
    const next = paints[index + 1];
    return next === undefined || next.line !== line || character + length <= next.character;
  });
}

/** What the colours of an instruction depend on beside itself. */
interface Ground {
  readonly escapeToken: '\\' | '`';
  /** Names of all stages, as one text. */
  readonly stages: string;
  /** Whether a text names a stage. */
  readonly isStage: (text: string) => boolean;
}

function stageTest(names: readonly string[]): Ground['isStage'] {
  const known = new Set(names.filter((name) => name !== ''));
  return (text) => known.has(text.toLowerCase()) || (/^\d+$/.test(text) && Number(text) < names.length);
}

/** An instruction's colours, where it stood then. */
interface Painted extends Pick<Ground, 'escapeToken' | 'stages'> {
  readonly startLine: number;
  readonly paints: readonly Paint[];
}

const PAINTED = new WeakMap<Instruction, Painted>();

/** An instruction that an edit leaves alone is the very same in the next version, though it may stand elsewhere. */
function paintsOfInstruction(instruction: Instruction, { escapeToken, stages, isStage }: Ground): readonly Paint[] {
  const { startLine } = instruction.node;
  const known = PAINTED.get(instruction);
  const holds = known?.escapeToken === escapeToken && known.stages === stages;
  if (holds && known.startLine === startLine) return known.paints;
  const paints = holds
    ? known.paints.map((paint) => ({ ...paint, line: paint.line - known.startLine + startLine }))
    : paintInstruction(instruction, escapeToken, isStage);
  PAINTED.set(instruction, { escapeToken, stages, startLine, paints });
  return paints;
}
