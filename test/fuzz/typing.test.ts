import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { loadParser } from '../../core/bash/load-shell.ts';
import { ShellReader } from '../../core/shell/shell-script.ts';
import { stages, typeAway } from './typing.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const { resolve } = createRequire(import.meta.url);
const shell = new ShellReader(
  await loadParser(resolve('web-tree-sitter/web-tree-sitter.wasm'), resolve('tree-sitter-bash/tree-sitter-bash.wasm')),
  1 << 14,
);

const EDITS = 600;

it(`keeps no version of a text that is gone: memory is the same after ${EDITS} edits`, async () => {
  const samples: number[] = [];
  for await (const { megabytes } of typeAway(stages(10), shell, { count: EDITS, every: 100, seed: 3, collect })) {
    samples.push(megabytes);
  }
  // What is remembered of scripts is bounded, and small here.
  const [early = 0, late = 0] = [samples[2], samples.at(-1)];
  expect(late - early).toBeLessThan(4);
}, 240_000);
