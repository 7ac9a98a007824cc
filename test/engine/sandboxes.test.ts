import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { surveyMachine } from '../../runtime/sandbox/machine.ts';
import { NamespacesDriver } from '../../runtime/sandbox/namespaces/driver.ts';
import { OciDriver } from '../../runtime/sandbox/oci/driver.ts';
import { describeSandbox } from '../../runtime/sandbox/sandbox-suite.ts';
import { type OpenDriver, withKeepers } from '../../runtime/sandbox/sandbox-under-test.test-support.ts';

const root = join(import.meta.dirname, '../..');
let bundles: string;

beforeAll(async () => {
  // Inside the repository, so that the bundle finds koffi.
  bundles = await mkdtemp(join(root, 'node_modules/.lapstrake-test-'));
  await build({
    entryPoints: [join(root, 'runtime/sandbox/init/main.ts')],
    outfile: join(bundles, 'sandbox-init.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['koffi'],
    logLevel: 'silent',
  });
});
afterAll(() => rm(bundles, { recursive: true }));

const openOci: OpenDriver = async (stateRoot, reaper) => {
  const machine = await surveyMachine();
  return new OciDriver({ stateRoot, reaper, machine, runtime: 'runc' });
};
const openNamespaces: OpenDriver = async (stateRoot, reaper) => {
  const machine = await surveyMachine();
  return new NamespacesDriver({ stateRoot, reaper, machine, initPath: join(bundles, 'sandbox-init.js') });
};
const kept =
  (open: OpenDriver): OpenDriver =>
  async (stateRoot, reaper) =>
    withKeepers(await open(stateRoot, reaper), join(stateRoot, 'keepers'));

describeSandbox('the oci sandbox with runc', openOci);
describeSandbox('the oci sandbox with runc and keepers', kept(openOci));
describeSandbox('the namespaces sandbox', openNamespaces);
describeSandbox('the namespaces sandbox with keepers', kept(openNamespaces));
