// LAPSTRAKE_HADOLINT=FOLDER npm run hadolint-cases [-- --verbose [N]]: runs our rules over the cases of a checkout of hadolint.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const checkout = process.env.LAPSTRAKE_HADOLINT;
if (!checkout) {
  console.error('LAPSTRAKE_HADOLINT names no folder: set it to a checkout of hadolint’s repository.');
  process.exit(1);
}
const { resolve } = createRequire(import.meta.url);
const folder = await mkdtemp(join(root, 'dist/hadolint-cases-'));
try {
  const outfile = join(folder, 'score.mjs');
  await build({
    entryPoints: [join(root, 'test/vectors/hadolint-score.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['web-tree-sitter'],
    logLevel: 'error',
  });
  const { scoreHadolint } = await import(pathToFileURL(outfile).href);
  const { total, skipped, failures } = await scoreHadolint(checkout, [
    resolve('web-tree-sitter/web-tree-sitter.wasm'),
    resolve('tree-sitter-bash/tree-sitter-bash.wasm'),
  ]);
  const passed = total - failures.length;
  console.log(
    `hadolint’s cases: ${passed} of ${total} (${((100 * passed) / total).toFixed(2)} %), ${skipped} not understood`,
  );
  const at = process.argv.indexOf('--verbose');
  const shown = at === -1 ? 0 : Number(process.argv[at + 1] ?? 20);
  for (const { case: each, found } of failures.slice(0, shown)) {
    const expected = each.times ?? 'some';
    console.log(`  ${each.id} ${each.code}: ${found} instead of ${expected}${each.onBuild ? ', behind ONBUILD' : ''}`);
    console.log(each.dockerfile.replace(/^/gm, '    '));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
