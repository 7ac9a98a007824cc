// Usage: npm run bench [-- run|build|containers|many|images|language …]
// Measures ours beside others on this machine (test/bench/): our engine and a dockerd, our language server and another one.
import { run } from './setup/run.mjs';
import { warn } from './setup/say.mjs';
import { build, prepare, ROOT } from './setup/setup.mjs';

const MINUTE = 60_000;
const ENGINES = { program: 'test/bench/main.mjs', purpose: 'bench', timeoutMs: 30 * MINUTE };
const PARTS = {
  run: ENGINES,
  build: ENGINES,
  containers: ENGINES,
  many: ENGINES,
  images: { program: 'test/bench/images/main.mjs', purpose: 'bench', timeoutMs: 60 * MINUTE },
  language: { program: 'test/bench/language/main.mjs', purpose: 'run', timeoutMs: 30 * MINUTE },
};

async function main() {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) {
    warn(`there is no benchmark ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
    return 2;
  }
  let worst = 0;
  for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) {
    const { program, purpose, timeoutMs } = PARTS[name];
    const { missing } = await prepare(purpose);
    if (missing.length > 0) warn(`missing on this machine: ${missing.join(', ')}`);
    await build();
    const { code } = await run(process.execPath, [program, name], { cwd: ROOT, show: true, timeoutMs });
    worst ||= code;
  }
  return worst;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
