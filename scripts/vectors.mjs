// npm run vectors [-- --verbose [N]]: scores the parser against what BuildKit answered.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const data = join(root, '..', 'shared', 'data');
if (!existsSync(data)) {
  console.error('The vectors are not here: they are looked for in ../shared/data, beside the repository.');
  process.exit(1);
}
const folder = await mkdtemp(join(tmpdir(), 'lapstrake-vectors-'));
try {
  const outfile = join(folder, 'score.mjs');
  await build({
    entryPoints: [join(root, 'test/vectors/score.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const { scoreAll } = await import(pathToFileURL(outfile).href);
  const at = process.argv.indexOf('--verbose');
  const shown = at === -1 ? 0 : Number(process.argv[at + 1] ?? 20);
  for (const { name, total, failures } of await scoreAll(data)) {
    const passed = total - failures.length;
    console.log(`${name}: ${passed} of ${total} (${((100 * passed) / total).toFixed(2)} %)`);
    for (const { id, got, expected } of failures.slice(0, shown)) {
      console.log(`  ${id}\n    got      ${JSON.stringify(got)}\n    expected ${JSON.stringify(expected)}`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
