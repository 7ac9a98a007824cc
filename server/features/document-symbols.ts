import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver/node';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import type { Stage } from '../../core/dockerfile/stages.ts';
import type { Reading } from '../reading.ts';

const LONGEST = 80;

/** Stages with their instructions; what stands above the first stage comes first. */
export function documentSymbols({ dockerfile }: Reading): DocumentSymbol[] {
  const staged = new Set(dockerfile.stages.flatMap(({ from, instructions }) => [from, ...instructions]));
  const loose = dockerfile.instructions.filter((instruction) => !staged.has(instruction));
  return [...loose.map(ofInstruction), ...dockerfile.stages.map(ofStage)];
}

function ofStage({ index, name, from, instructions, range }: Stage): DocumentSymbol {
  return {
    name: name ?? `stage ${index}`,
    detail: from.image?.text ?? '',
    kind: SymbolKind.Module,
    range,
    selectionRange: (from.stage ?? from.image ?? from.node.keyword).range,
    children: instructions.map(ofInstruction),
  };
}

function ofInstruction({ kind, node }: Instruction): DocumentSymbol {
  const written = node.original.trim().slice(node.keyword.text.length).trim();
  // Continued lines are indented.
  const detail = written.slice(0, 4 * LONGEST).replace(/\s+/g, ' ');
  return {
    name: node.name === '' ? kind : node.name,
    detail: detail.length > LONGEST ? `${detail.slice(0, LONGEST)}…` : detail,
    kind: SYMBOLS[kind] ?? SymbolKind.Property,
    range: node.range,
    selectionRange: node.keyword.range,
  };
}

const SYMBOLS: Partial<Record<Instruction['kind'], SymbolKind>> = {
  RUN: SymbolKind.Function,
  COPY: SymbolKind.File,
  ADD: SymbolKind.File,
  ENV: SymbolKind.Variable,
  ARG: SymbolKind.Variable,
  CMD: SymbolKind.Event,
  ENTRYPOINT: SymbolKind.Event,
};
