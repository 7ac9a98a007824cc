// Bundles a TypeScript module and gives it to a function, with a loader of the parser of shells.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `use` gets the module's exports, and a function that gives a new reader of shells. */
export async function runBundled(entry, use) {
  const { resolve } = createRequire(import.meta.url);
  // Below the project, so that what is not bundled is found.
  const folder = await mkdtemp(join(root, 'node_modules/.lapstrake-'));
  try {
    const bundled = async (file, name) => {
      const outfile = join(folder, `${name}.mjs`);
      await build({
        entryPoints: [join(root, file)],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        external: ['web-tree-sitter', 'vscode-languageserver', 'vscode-languageserver-textdocument', 'yaml'],
        logLevel: 'error',
      });
      return import(pathToFileURL(outfile).href);
    };
    const { loadParser } = await bundled('core/bash/load-shell.ts', 'shell');
    const { ShellReader } = await bundled('core/shell/shell-script.ts', 'reader');
    const wasm = ['web-tree-sitter/web-tree-sitter.wasm', 'tree-sitter-bash/tree-sitter-bash.wasm'];
    const parse = await loadParser(...wasm.map((file) => resolve(file)));
    return await use(await bundled(entry, 'entry'), () => new ShellReader(parse));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
