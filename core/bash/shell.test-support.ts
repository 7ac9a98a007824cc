import { createRequire } from 'node:module';
import { ShellReader } from '../shell/shell-script.ts';
import { loadParser } from './load-shell.ts';

const { resolve } = createRequire(import.meta.url);

/** The real parser, from the packages. */
export const shell = new ShellReader(
  await loadParser(resolve('web-tree-sitter/web-tree-sitter.wasm'), resolve('tree-sitter-bash/tree-sitter-bash.wasm')),
);
