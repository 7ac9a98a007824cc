import { type InlayHint, InlayHintKind, type Range } from 'vscode-languageserver/node';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import { variableReferences } from '../../core/dockerfile/symbols.ts';
import type { VariableTable } from '../../core/dockerfile/variables.ts';
import { formatSize } from '../../core/image/size.ts';
import type { PlannedStep } from '../../core/plan/plan.ts';
import { type CacheView, keyOfStep, type Preview, stepOf } from '../preview.ts';
import type { Reading } from '../reading.ts';
import { lacksSource, totalsText } from './effect-text.ts';

const LONGEST = 40;

/** Behind words with variables what they come to, behind instructions the size of their layer, as far as it is known. */
export async function inlayHints(reading: Reading, range: Range, signal: AbortSignal): Promise<InlayHint[]> {
  const preview = await reading.preview();
  if (signal.aborted) return [];
  const cache = await reading.cache(preview, signal);
  const isIn = ({ node }: Instruction) => node.endLine >= range.start.line && node.startLine <= range.end.line;
  const hints: InlayHint[] = [];
  const globals = reading.variables.globals();
  for (const instruction of reading.dockerfile.globalArgs) {
    if (isIn(instruction)) hints.push(...valueHints(instruction, globals, reading));
  }
  for (const stage of reading.dockerfile.stages) {
    if (stage.range.end.line < range.start.line || stage.range.start.line > range.end.line) continue;
    if (isIn(stage.from)) hints.push(...valueHints(stage.from, globals, reading));
    reading.variables.walk(stage, (instruction, table) => {
      if (!isIn(instruction)) return;
      hints.push(...valueHints(instruction, table, reading), ...sizeHint(instruction, reading, preview, cache));
    });
  }
  return hints;
}

/** One for each word that has variables with a value; not in commands, where the shell has its say. */
function valueHints(instruction: Instruction, table: VariableTable, reading: Reading): InlayHint[] {
  if (/^(?:RUN|CMD|ENTRYPOINT|HEALTHCHECK|SHELL|ONBUILD|UNKNOWN)$/.test(instruction.kind)) return [];
  if (variableReferences(instruction, reading.dockerfile.syntax.escape).length === 0) return [];
  const { node } = instruction;
  const words = instruction.kind === 'ARG' ? instruction.args.flatMap(({ value }) => value ?? []) : node.args;
  const tokens = [...node.flags.flatMap(({ value }) => value ?? []), ...words];
  return tokens.flatMap((token): InlayHint[] => {
    if (!token.text.includes('$')) return [];
    const value = reading.variables.expand(token, table);
    if (value === undefined || value === token.text || value === '') return [];
    const shown = value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
    return [
      {
        position: token.range.end,
        label: `= ${shown}`,
        kind: InlayHintKind.Type,
        paddingLeft: true,
        ...(shown !== value && { tooltip: value }),
      },
    ];
  });
}

function sizeHint(
  instruction: Instruction,
  reading: Reading,
  preview: Preview,
  cache: CacheView | undefined,
): InlayHint[] {
  const { node } = instruction;
  const step = lacksSource(instruction, preview) ? undefined : stepOf(preview, node.startLine);
  const size = step && sizeText(step, preview, cache);
  if (size === undefined) return [];
  const { end } = node.heredocs[0]?.marker ?? node.range;
  const isFollowed = node.heredocs[0] !== undefined;
  const position = isFollowed ? { line: end.line, character: reading.line(end.line).trimEnd().length } : end;
  return [{ position, label: size, paddingLeft: true }];
}

/** What the plan knows exactly, else what the last build of this very step made. */
function sizeText(step: PlannedStep, preview: Preview, cache: CacheView | undefined): string | undefined {
  if (!step.layer) return undefined;
  const known = step.effect.kind === 'copy' ? totalsText(step.effect.totals) : undefined;
  if (known !== undefined) return known;
  const key = keyOfStep(step, preview, cache);
  const record = key && cache?.records.get(key);
  return record === undefined ? undefined : formatSize(record.bytes);
}
