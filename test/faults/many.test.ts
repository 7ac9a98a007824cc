import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type RealDaemon, startRealDaemon } from '../engine/real-daemon.ts';
import { type MachineState, machineState, residentMemory } from './machine-state.ts';

/** How many containers run at once, and how many come and go: few by default, the whole by `npm run faults`. */
const IS_WHOLE = process.env.LAPSTRAKE_FAULTS_KILLS !== undefined;
const AT_ONCE = IS_WHOLE ? 100 : 10;
/** The daemon's memory grows for some fifteen hundred, until its pools and compiled code have their size. */
const CYCLES = IS_WHOLE ? 3000 : 20;
const WARM_UP = 5;

let registry: BaseImages;
let daemon: RealDaemon;
let docker: Docker;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  docker = new Docker({ socketPath: daemon.socket });
  expect((await daemon.docker('pull', '-q', 'busybox')).code).toBe(0);
});
afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

/** What there is more of than before, which would be left behind. */
async function grownSince(before: MachineState): Promise<string[]> {
  const now = await machineState(daemon);
  const names = Object.keys(now) as (keyof MachineState)[];
  return names.filter((name) => now[name] > before[name]).map((name) => `${name}: ${before[name]}, now ${now[name]}`);
}

const volumeOptions = {
  ...{ NoCopy: false, Labels: {} },
  DriverConfig: { Name: 'local', Options: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } },
};

/** A container with all that could be left behind: a network, a port, volumes, one of them mounted, a limit, a log. */
async function comeAndGo(): Promise<void> {
  const container = await docker.createContainer({
    ...{ Image: 'busybox', Cmd: ['echo', 'here'], Volumes: { '/data': {} }, ExposedPorts: { '80/tcp': {} } },
    HostConfig: {
      ...{ PortBindings: { '80/tcp': [{ HostPort: '' }] }, Memory: 32 << 20, PidsLimit: 50 },
      Mounts: [{ Type: 'volume', Source: '', Target: '/memory', VolumeOptions: volumeOptions }],
    },
  });
  await container.start();
  expect(await container.wait()).toMatchObject({ StatusCode: 0 });
  await container.remove({ v: true });
}

/** Gives the least memory that the daemon had meanwhile: how much more it had depends on when its garbage was collected. */
async function inTurn(count: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    await comeAndGo();
    least = Math.min(least, await residentMemory(daemon));
  }
  return least;
}

test(`${CYCLES} containers come and go, and nothing of the machine stays with them`, async () => {
  await inTurn(WARM_UP);
  const before = await machineState(daemon);
  await inTurn(CYCLES / 2);
  const third = await inTurn(CYCLES / 4);
  const last = await inTurn(CYCLES / 4);
  console.log(`resident memory: at least ${third >> 20} MiB in the third quarter, ${last >> 20} MiB in the last`);
  // The kernel clears a network namespace some time after its last process.
  await expect.poll(() => grownSince(before), { timeout: 30_000, interval: 500 }).toEqual([]);
  if (IS_WHOLE) expect(last).toBeLessThan(third * 1.05);
}, 3_600_000);

test(`${AT_ONCE} containers at once are started, listed, measured and stopped`, async () => {
  const before = await machineState(daemon);
  const idle = await residentMemory(daemon);
  const began = performance.now();
  const containers = await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, i) => {
      const name = `many-${i}`;
      const container = await docker.createContainer({ name, Image: 'busybox', Cmd: ['sleep', '100000'] });
      await container.start();
      return container;
    }),
  );
  const started = performance.now();
  const addresses = new Set(
    (await docker.listContainers()).map(({ NetworkSettings }) => NetworkSettings.Networks.bridge?.IPAddress),
  );
  expect(addresses.size).toBe(AT_ONCE);
  const listed = performance.now();
  const stats = await Promise.all(containers.map((container) => container.stats({ stream: false })));
  for (const { pids_stats, memory_stats } of stats) {
    expect(pids_stats?.current).toBeGreaterThanOrEqual(1);
    expect(memory_stats.usage).toBeGreaterThan(0);
  }
  const measured = performance.now();
  const memory = await residentMemory(daemon);
  await Promise.all(containers.map((container) => container.stop({ t: 0 })));
  for (const container of containers) expect((await container.inspect()).State).toMatchObject({ ExitCode: 137 });
  const stopped = performance.now();
  await Promise.all(containers.map((container) => container.remove()));
  const ms = (from: number, to: number) => `${Math.round(to - from)} ms`;
  console.log(
    `${AT_ONCE} containers: started in ${ms(began, started)}, listed ${ms(started, listed)}, all stats ${ms(listed, measured)},`,
    `stopped ${ms(measured, stopped)}; the daemon took ${idle >> 20} MiB before, ${memory >> 20} MiB with them`,
  );
  await expect.poll(() => grownSince(before), { timeout: 30_000, interval: 500 }).toEqual([]);
}, 600_000);
