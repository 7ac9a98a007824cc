// npm run rules-doc: writes docs/rules.md from the rules and problems themselves. With --check it only compares.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = await mkdtemp(join(root, 'docs/.rules-'));
try {
  const outfile = join(folder, 'rules.mjs');
  await build({
    entryPoints: [join(root, 'core/lint/rules-manual.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const { rulesManual } = await import(pathToFileURL(outfile).href);
  const file = join(root, 'docs/rules.md');
  const text = rulesManual();
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8')) !== text) {
    console.error('docs/rules.md is not what the rules say: run npm run rules-doc.');
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
