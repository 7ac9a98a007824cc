// Usage: npm run machine -- [--user] [--keep] [TESTFILES…]
// Runs tests in a virtual machine with systemd and control groups of version 2 (test/machine/README.md).
import path from 'node:path';
import { parseArgs } from 'node:util';
import { boot } from './machine/boot.mjs';
import { machineImage, USER } from './machine/image.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
/** Where the repository is in the machine: what is written there stays there. */
const PLACE = '/srv/lapstrake';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { user: { type: 'boolean' }, keep: { type: 'boolean' } },
});
const say = (line) => process.stdout.write(`${line}\n`);
const who = values.user ? USER : 'root';
const files = positionals.length > 0 ? positionals : [`test/machine/as-${values.user ? 'user' : 'root'}.test.ts`];

const SET_UP = `
set -e
mkdir -p /here /var/changes/files /var/changes/work ${PLACE}
mount -t hostfs -o ${ROOT} none /here
mount -t overlay -o lowerdir=/here,upperdir=/var/changes/files,workdir=/var/changes/work overlay ${PLACE}
rm -rf ${PLACE}/node_modules/.cache ${PLACE}/node_modules/.vite ${PLACE}/node_modules/.vite-temp
chown ${who} ${PLACE} ${PLACE}/node_modules
`;

const machine = await boot(await machineImage(say));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => machine.stop().then(() => process.exit(1)));
try {
  const mounted = await machine.run('root', SET_UP);
  if (mounted !== 0) throw new Error('The repository could not be mounted in the machine.');
  const vitest =
    'node node_modules/vitest/vitest.mjs run --no-color --reporter verbose --project engine --project machine';
  process.exitCode = await machine.run(who, `cd ${PLACE} && ${vitest} ${files.join(' ')}`);
  if (values.keep) {
    say(`The machine runs until this program is interrupted: ${machine.login(who).join(' ')}`);
    await new Promise(() => undefined);
  }
} finally {
  await machine.stop();
}
