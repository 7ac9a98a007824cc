import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { surveyMachine } from '../../runtime/sandbox/machine.ts';
import { NamespacesDriver } from '../../runtime/sandbox/namespaces/driver.ts';
import { OciDriver } from '../../runtime/sandbox/oci/driver.ts';
import type { ProcessSpec, SandboxDriver } from '../../runtime/sandbox/sandbox.ts';
import { describeSandbox } from '../../runtime/sandbox/sandbox-suite.ts';
import {
  type OpenDriver,
  SandboxUnderTest,
  withKeepers,
} from '../../runtime/sandbox/sandbox-under-test.test-support.ts';
import { comparable, GATHER } from './process-facts.ts';

const root = join(import.meta.dirname, '../..');
const KEEPER = join(root, `runtime/keeper/bin/keeper-${process.arch}`);
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
  return new OciDriver({ stateRoot, reaper, machine, runtime: 'runc', manager: 'cgroupfs', keeper: KEEPER });
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

test('the namespaces sandbox is entered without its init, to the same end', async () => {
  const box = new SandboxUnderTest();
  const initPath = join(bundles, 'other-init.js');
  await copyFile(join(bundles, 'sandbox-init.js'), initPath);
  await box.open(async (stateRoot, reaper) => {
    return new NamespacesDriver({ stateRoot, reaper, machine: await surveyMachine(), initPath });
  });
  const user = { uid: 1000, gid: 1001, additionalGids: [7] };
  const limits = { ulimits: [{ name: 'nofile', soft: 123, hard: 456 }], noNewPrivileges: true };
  await box.during({}, async (id) => {
    const entering = withKeepers(box.driver, box.folder);
    const facts = async (driver: SandboxDriver, changes: Partial<ProcessSpec>): Promise<string> => {
      const process = box.processOf({ args: ['sh', '-c', GATHER], stdin: true, ...changes });
      const { out, err } = await box.finish(await driver.exec(id, process));
      return comparable(out) + err;
    };
    for (const changes of [{}, { user, cwd: '/tmp' }, limits, { tty: true, consoleSize: { rows: 3, cols: 4 } }]) {
      expect(await facts(entering, changes)).toBe(await facts(box.driver, changes));
    }
    await rm(initPath);
    expect(await facts(entering, {})).toMatch(/^Seccomp:\t0$/m);
    await expect(facts(box.driver, {})).rejects.toThrow();
  });
  await box.close();
});
