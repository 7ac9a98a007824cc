import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { okay } from '../engine/okay.ts';
import { type RealDaemon, startRealDaemon } from '../engine/real-daemon.ts';

/** How often the daemon is killed, and how many containers write meanwhile: few by default, the whole by `npm run faults`. */
const ALL = process.env.LAPSTRAKE_FAULTS_KILLS;
const KILLS = ALL === undefined ? 3 : Math.min(100, Number(ALL));
const CONTAINERS = ALL === undefined ? 6 : 20;
const SECONDS = 1000;

/** Between two lines, in microseconds: twenty that start a process each millisecond would load the machine by that alone. */
const PAUSE = ALL === undefined ? 1000 : 10_000;

/** Counts as fast as it is let, and says in the end how far it came. */
const COUNT = `i=0; trap 'echo "end $i"; exit 7' TERM; while :; do echo "line $i"; i=$((i+1)); usleep ${PAUSE}; done`;

let registry: BaseImages;
let daemon: RealDaemon;

const ok = async (...words: readonly string[]): Promise<string> => okay(await daemon.docker(...words));

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  await ok('pull', 'busybox');
});
afterAll(async () => {
  const left = await daemon?.stop();
  await registry?.stop();
  expect(left).toEqual([]);
});

test(
  `${CONTAINERS} containers under a daemon that is killed ${KILLS} times all run on and lose no line`,
  async () => {
    const names = Array.from({ length: CONTAINERS }, (_, index) => `counts-${index}`);
    for (const name of names) await ok('run', '-d', '--name', name, 'busybox', 'sh', '-c', COUNT);
    const identity = () => ok('inspect', '-f', '{{.Name}} {{.State.Pid}} {{.State.StartedAt}}', ...names);
    const before = await identity();
    for (let kill = 0; kill < KILLS; kill++) {
      const load = clients(names, kill);
      // Killed when the containers have come a random bit further, in the midst of what the clients want.
      await grows(logOf(daemon, await id(names[kill % names.length]!)), 1 + Math.random() * 20_000);
      await daemon.restart('SIGKILL');
      for (const child of load) child.kill('SIGKILL');
      await Promise.all(load.map(gone));
      expect(await identity()).toBe(before);
    }
    expect((await ok('ps', '-q')).split('\n').length).toBeGreaterThanOrEqual(CONTAINERS);
    for (const name of names) {
      await ok('stop', '-t', '60', name);
      const lines = (await ok('logs', name)).split('\n');
      const end = Number(/^end (\d+)$/.exec(lines.pop() ?? '')?.[1]);
      // Told by the container itself: every line that it ever wrote, each once, in order.
      // The signal may come between a line and the count of it.
      expect([end, end + 1]).toContain(lines.length);
      expect(lines.findIndex((line, index) => line !== `line ${index}`)).toBe(-1);
      expect(await ok('inspect', '-f', '{{.State.ExitCode}}', name)).toBe('7');
    }
    await ok('rm', '-f', ...(await ok('ps', '-aq')).split('\n'));
    expect(daemon.log()).not.toContain('bug:');
  },
  (60 + KILLS * 20) * SECONDS,
);

const ids = new Map<string, string>();
async function id(name: string): Promise<string> {
  const known = ids.get(name) ?? (await ok('inspect', '-f', '{{.Id}}', name));
  ids.set(name, known);
  return known;
}

const logOf = ({ root }: RealDaemon, container: string): string =>
  join(root, 'containers', container, `${container}-json.log`);

/** Those who want something of the daemon when it dies. */
function clients(names: readonly string[], round: number): ChildProcess[] {
  const name = names[round % names.length]!;
  return [
    ['logs', '-f', name],
    ['attach', '--no-stdin', name],
    ['stats', name],
    ['exec', name, 'sh', '-c', 'for turn in $(seq 500); do echo busy; usleep 10000; done'],
    ['run', '--rm', 'busybox', 'sleep', '1'],
    ['run', '--rm', 'busybox', 'seq', '1', '10000'],
    ['build', '-q', '-'],
  ].map((words) => {
    const stdin = words[0] === 'build' ? 'pipe' : 'ignore';
    const child = spawn('docker', ['-H', `unix://${daemon.socket}`, ...words], {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
      stdio: [stdin, 'ignore', 'ignore'],
    });
    child.stdin?.end(`FROM busybox\nRUN echo ${round}; sleep 1\n`);
    return child;
  });
}

async function grows(path: string, bytes: number): Promise<void> {
  const size = async () => (await stat(path)).size;
  const from = await size();
  await expect.poll(size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(from + bytes);
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
