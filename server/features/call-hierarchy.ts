import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type Range,
  SymbolKind,
} from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { referredStage, type Stage, stageReferences } from '../../core/dockerfile/stages.ts';
import { symbolAt } from '../../core/dockerfile/symbols.ts';
import type { Reading } from '../reading.ts';

/** The stage at a place, by name or because the place is in it: which stages build on which is shown as calls. */
export function prepareStages(reading: Reading, position: Position): CallHierarchyItem[] {
  const named = symbolAt(reading.symbols, position)?.symbol.stage;
  const stage = named ?? reading.stageAt(position.line);
  return stage === undefined ? [] : [itemOf(stage, reading)];
}

/** The stages that need a stage, each with the places that say so. */
export function stagesThatNeed(reading: Reading, item: CallHierarchyItem): CallHierarchyIncomingCall[] {
  const target = stageOf(reading, item);
  if (target === undefined) return [];
  return reading.dockerfile.stages.flatMap((stage) => {
    const fromRanges = rangesTo(reading, stage, target);
    return fromRanges.length === 0 ? [] : [{ from: itemOf(stage, reading), fromRanges }];
  });
}

/** The stages that a stage needs. */
export function stagesNeededBy(reading: Reading, item: CallHierarchyItem): CallHierarchyOutgoingCall[] {
  const stage = stageOf(reading, item);
  if (stage === undefined) return [];
  return reading.dockerfile.stages.flatMap((target) => {
    const fromRanges = rangesTo(reading, stage, target);
    return fromRanges.length === 0 ? [] : [{ to: itemOf(target, reading), fromRanges }];
  });
}

function rangesTo({ dockerfile: { stages } }: Reading, stage: Stage, target: Stage): Range[] {
  return stageReferences(stage)
    .filter((reference) => referredStage(stages, stage, reference) === target)
    .map(({ token }) => token.range);
}

function itemOf({ index, from, range }: Stage, { uri }: Reading): CallHierarchyItem {
  return {
    name: from.stage?.text ?? `stage ${index}`,
    detail: `FROM ${from.image?.text ?? ''}`,
    kind: SymbolKind.Module,
    uri,
    range,
    selectionRange: (from.stage ?? from.node.keyword).range,
    data: index,
  };
}

function stageOf({ dockerfile: { stages } }: Reading, { data }: CallHierarchyItem): Stage | undefined {
  return typeof data === 'number' ? stages[data] : undefined;
}
