// npm run fuzz [-- COUNT [SEED [FROM]]]: looks at a million made-up Dockerfiles, and says which of them something goes wrong with.
import { runBundled } from './run-bundled.mjs';

const [count = 1_000_000, seed = 1, from = 0] = process.argv.slice(2).map(Number);
const STEP = 10_000;

process.exitCode = await runBundled('test/fuzz/fuzz.ts', async ({ fuzz }, loadShell) => {
  const started = performance.now();
  let breaches = 0;
  for (let done = 0; done < count; done += STEP) {
    // A reader of shells remembers what it read: each step has a new one, so that memory stays what it is.
    for (const { index, complaint, text } of fuzz(Math.min(STEP, count - done), seed, await loadShell(), from + done)) {
      breaches++;
      console.log(`text ${index} of seed ${seed}: ${complaint}\n${JSON.stringify(text)}`);
    }
    if ((done / STEP) % 10 === 9) {
      console.log(`${done + STEP} texts, ${breaches} breaches, ${((performance.now() - started) / 1000).toFixed(0)} s`);
    }
  }
  console.log(`${count} texts of seed ${seed}: ${breaches} breaches`);
  return breaches === 0 ? 0 : 1;
});
