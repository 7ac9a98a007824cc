// npm run typing-memory [-- EDITS [SEED]]: types into a long Dockerfile, a hundred thousand times, and says what memory is in use.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runBundled } from './run-bundled.mjs';

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

await runBundled('test/fuzz/typing.ts', async ({ stages, typeAway }, loadShell) => {
  const options = { count, every: Math.max(1, Math.floor(count / 4)), seed, collect };
  for await (const { edits, megabytes } of typeAway(stages(70), loadShell(), options)) {
    console.log(`${edits} edits: ${megabytes.toFixed(1)} MB in use`);
  }
});
process.exit(0);
