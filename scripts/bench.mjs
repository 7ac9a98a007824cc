// Usage: npm run bench
// Measures our engine beside a dockerd on this machine: how long a container and a build take (test/bench/).
import { run } from './setup/run.mjs';
import { warn } from './setup/say.mjs';
import { ROOT, setup } from './setup/setup.mjs';

async function main() {
  const { missing } = await setup('bench');
  if (missing.length > 0) warn(`missing on this machine: ${missing.join(', ')}`);
  const { code } = await run(process.execPath, ['test/bench/main.mjs'], { cwd: ROOT, show: true, timeoutMs: 900_000 });
  return code;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
