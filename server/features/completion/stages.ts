import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import { item } from './item.ts';
import type { Place } from './place.ts';

/** Stages above the place, the nearest first; with their numbers where nothing names them. */
export function stages(
  { reading, position }: Place,
  range: Range,
  unnamed: 'with-numbers' | 'named',
): CompletionItem[] {
  const here = reading.stageAt(position.line)?.index ?? 0;
  const above = reading.dockerfile.stages.filter(({ index }) => index < here);
  return above
    .filter(({ name }) => name !== undefined || unnamed === 'with-numbers')
    .map(({ index, from }) => {
      const text = from.stage?.text ?? String(index);
      return item(text, CompletionItemKind.Module, text, range, {
        order: above.length - index,
        detail: `Stage ${index} · FROM ${from.image?.text ?? ''}`,
      });
    });
}
