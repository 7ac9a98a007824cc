import type { CodeLens } from 'vscode-languageserver/node';
import type { Range } from '../../core/dockerfile/ast.ts';
import type { Reading } from '../reading.ts';
import { effectText } from './effect-text.ts';

/** The extension's command; it takes the Dockerfile's URI and the name of a stage. */
const BUILD = 'lapstrake.images.build';

/** Above each instruction what it does to the image; above each stage a way to build it. */
export async function codeLenses(reading: Reading, signal: AbortSignal): Promise<CodeLens[]> {
  const preview = await reading.preview();
  if (signal.aborted) return [];
  const cache = await reading.cache(preview, signal);
  const { instructions, stages } = reading.dockerfile;
  const builds = stages.map((stage): CodeLens => {
    const isLast = stage.index === stages.length - 1;
    const name = stage.name ?? String(stage.index);
    const title = isLast ? '$(play) Build Image' : `$(play) Build Stage ${name}`;
    const args = isLast ? [reading.uri] : [reading.uri, name];
    return { range: firstWord(stage.from.node.keyword.range), command: { title, command: BUILD, arguments: args } };
  });
  const effects = instructions.flatMap((instruction): CodeLens[] => {
    const title = effectText(instruction, preview, cache);
    return title === undefined ? [] : [{ range: instruction.node.keyword.range, command: { title, command: '' } }];
  });
  return [...builds, ...effects];
}

function firstWord({ start }: Range): Range {
  return { start, end: start };
}
