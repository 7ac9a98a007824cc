import { once } from 'node:events';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineError } from '../../runtime/errors.ts';
import { CAPABILITIES, DEFAULT_CAPABILITIES } from '../../runtime/sandbox/capabilities.ts';
import { installedFilter } from '../../runtime/sandbox/oci/default-filter.ts';
import { probeSpec } from '../../runtime/sandbox/probe-spec.ts';
import type { ExecOptions, ProcessSpec, SandboxProcess } from '../../runtime/sandbox/sandbox.ts';
import type { Changes } from '../../runtime/sandbox/sandbox-under-test.test-support.ts';
import { EnterGround, KEEPER } from './enter-ground.ts';
import { comparable, GATHER } from './process-facts.ts';
import { verdicts } from './seccomp-verdicts.ts';

// What enters a container without runc is the same as what `runc exec` starts in it, to the last detail that /proc shows.

const ground = new EnterGround();
beforeAll(() => ground.start());
afterAll(() => ground.close());

/** Answers of a filter (linux/seccomp.h). */
const [ALLOW, ERRNO, KILL] = [0x7fff0000, 0x50000, 0];
const [EPERM, ENOSYS] = [1, 38];

interface Case {
  readonly container?: Changes;
  readonly process?: Partial<ProcessSpec>;
  readonly options?: ExecOptions;
}

const user = { uid: 1000, gid: 1001, additionalGids: [1007, 1009] };
// Of open files, runc 1.1 may give the hard limit for the soft one: Go's runtime had raised its own.
const ulimits = [
  { name: 'fsize', soft: 1 << 20, hard: 1 << 21 },
  { name: 'core', soft: 0, hard: 0 },
  { name: 'memlock', soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY },
];
const shared = { network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroup: 'host' } as const;
const CASES: readonly (readonly [string, Case])[] = [
  ['root', {}],
  ['another user with groups', { process: { user, cwd: '/tmp' } }],
  ['a process that may get no new privileges', { process: { noNewPrivileges: true, user } }],
  ['limits of resources', { process: { ulimits } }],
  ['an environment', { process: { env: ['HOME=/tmp', 'A=', 'PATH=/nowhere:/bin//:/tmp', 'B=x=y', 'C=ä'] } }],
  ['a terminal', { process: { tty: true, consoleSize: { rows: 11, cols: 22 } } }],
  ['a terminal of another user', { process: { tty: true, user, stdin: true } }],
  ['all rights in a container with few', { options: { privileged: true } }],
  ['fewer rights than the container', { process: { capabilities: ['CAP_CHOWN', 'CAP_SETUID'] } }],
  ['a container that the kernel likes to kill', { container: { oomScoreAdj: 500 } }],
  ['a container whose system calls are not filtered', { container: { seccomp: 'unconfined' } }],
  ['a container with the machine’s namespaces', { container: { namespaces: shared } }],
  [
    'a privileged container',
    {
      container: { privileged: true, process: { capabilities: CAPABILITIES } },
      process: { capabilities: CAPABILITIES },
    },
  ],
];

test.each(CASES)('is what runc makes of it: %s', async (_, { container = {}, process = {}, options = {} }) => {
  await ground.inside(container, async (id) => {
    const wanted: Partial<ProcessSpec> = { args: ['sh', '-c', GATHER], ...process };
    const before = await ground.runtimeExecs();
    const entered = await ground.finish(await ground.enter(id, wanted, options));
    expect(await ground.runtimeExecs()).toBe(before);
    const byRuntime = await ground.finish(await ground.byRuntime(id, wanted, options));
    expect(await ground.runtimeExecs()).toBe(before + 1);
    expect(comparable(entered.out)).toBe(comparable(byRuntime.out));
    expect(entered.err).toBe(byRuntime.err);
    // Not two empty texts.
    expect(entered.out).toMatch(/^Seccomp:\t\d$/m);
  });
});

test('more can be said of a process than one message to a keeper holds', async () => {
  const large = ['A', 'B', 'C'].map((name) => `${name}=${name.repeat(100_000)}`);
  await ground.inside({}, async (id) => {
    const before = await ground.runtimeExecs();
    const args = ['sh', '-c', 'echo ${#A} ${#B} ${#C} $Z'];
    const entered = await ground.enter(id, { args, env: ['HOME=/', 'PATH=/bin', ...large, 'Z=z'] });
    expect((await ground.finish(entered)).out).toBe('100000 100000 100000 z\n');
    expect(await ground.runtimeExecs()).toBe(before);
  });
});

test('its system calls are filtered as runc filters them', async () => {
  await ground.inside({}, async (id, first) => {
    const waiting = { args: ['cat'], stdin: true } as const;
    const starts = [ground.enter, ground.enter, ground.byRuntime];
    const processes = await Promise.all(starts.map((start) => start(id, waiting)));
    // runc returns before its process has become the program.
    for (const each of processes) {
      each.stdin?.write('up\n');
      await once(each.stdout, 'data');
    }
    const pids = [...processes.map((each) => each.pid), first];
    const filters = await Promise.all(pids.map((pid) => installedFilter(KEEPER, pid, ground.folder)));
    const [entered, again, byRuntime, ofFirst] = filters.map((each) => each ?? Buffer.alloc(0));
    expect(entered!.length).toBeGreaterThan(1000);
    expect(entered!.equals(again!)).toBe(true);
    // runc puts the parts of each in another order.
    const wanted = verdicts(byRuntime!);
    expect(new Set(wanted)).toEqual(new Set([ALLOW, ERRNO | EPERM, ERRNO | ENOSYS, KILL]));
    expect(verdicts(entered!)).toEqual(wanted);
    expect(verdicts(ofFirst!)).toEqual(wanted);
    for (const each of processes) each.stdin?.end();
    await Promise.all(processes.map((each) => ground.finish(each)));
  });
});

test('the session keyring is the container’s', async () => {
  // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING): the host's own perl asks.
  const script = `print syscall(${process.arch === 'x64' ? 250 : 219}, 0, -3, 0)`;
  const { mounts } = await probeSpec('unused', ground.plain.rootfs);
  await ground.inside({ seccomp: 'unconfined', mounts }, async (id) => {
    const wanted = { args: ['/usr/bin/perl', '-e', script] };
    const entered = await ground.finish(await ground.enter(id, wanted));
    const byRuntime = await ground.finish(await ground.byRuntime(id, wanted));
    expect(entered.out).toMatch(/^\d+$/);
    expect(entered.out).toBe(byRuntime.out);
    const name = (await readFile('/proc/keys', 'utf8')).split('\n').filter((line) => line.includes(` _ses.${id}:`));
    expect(name.map((line) => Number.parseInt(line, 16))).toEqual([Number(entered.out)]);
  });
});

test.each([
  [['nope'], '"nope": executable file not found in $PATH'],
  [['/nope'], 'stat /nope: no such file or directory'],
  [['/etc'], 'permission denied'],
  [['/tmp/plain'], 'permission denied'],
  [['/tmp/orphan'], 'no such file or directory'],
  [['/tmp/garbage'], 'exec format error'],
  [['..'], 'executable file not found in $PATH'],
])('runc says why %j cannot be executed', async (args, message) => {
  const files = join(ground.plain.rootfs, 'tmp');
  await writeFile(join(files, 'plain'), 'text');
  await writeFile(join(files, 'orphan'), '#!/no/interpreter\n', { mode: 0o755 });
  await writeFile(join(files, 'garbage'), Buffer.alloc(64, 1), { mode: 0o755 });
  const outcome = async (starting: Promise<SandboxProcess>): Promise<string> => {
    try {
      const { err, exit } = await ground.finish(await starting);
      return `${exit.exitCode}: ${err}`;
    } catch (error) {
      return error instanceof EngineError ? `${error.code}: ${error.message}` : String(error);
    }
  };
  await ground.inside({}, async (id) => {
    const wanted = await outcome(ground.byRuntime(id, { args }));
    expect(wanted).toContain(message);
    expect(await outcome(ground.enter(id, { args }))).toBe(wanted);
    expect(await ground.driver.pids(id)).toHaveLength(1);
  });
});

test('a folder that only the user can enter, or only root', async () => {
  const mine = join(ground.plain.rootfs, 'tmp/mine');
  await mkdir(mine, { recursive: true, mode: 0o700 });
  await chown(mine, 1000, 1000);
  const args = ['sh', '-c', 'ls -ld /proc/$$/cwd'];
  // Root without the right to pass by the rights of files cannot; the user can.
  const capabilities = DEFAULT_CAPABILITIES.filter((name) => !/DAC/.test(name));
  await ground.inside({ process: { capabilities } }, async (id) => {
    const before = await ground.runtimeExecs();
    const process = await ground.enter(id, { args, cwd: '/tmp/mine', user, capabilities });
    expect((await ground.finish(process)).out).toContain('/tmp/mine');
    expect(await ground.runtimeExecs()).toBe(before);
    await expect(ground.enter(id, { args, cwd: '/tmp/none' })).rejects.toMatchObject({
      message: expect.stringContaining('chdir to cwd ("/tmp/none") set in config.json failed: no such file'),
    });
  });
});

test.each<[string, Case]>([
  [
    'rights that change the filter',
    { container: { process: { capabilities: [...DEFAULT_CAPABILITIES, 'CAP_SYS_PTRACE'] } } },
  ],
  ['annotations', { container: { annotations: { some: 'thing' } } }],
  ['no home', { process: { env: ['PATH=/bin'] } }],
  ['no PATH', { process: { env: ['HOME=/'], args: ['/bin/true'] } }],
  ['a name twice', { process: { env: ['HOME=/', 'PATH=/bin', 'A=1', 'A=2'] } }],
])('runc is called where it could do more: %s', async (_, { container = {}, process = {} }) => {
  await ground.inside(container, async (id) => {
    const before = await ground.runtimeExecs();
    const { exit } = await ground.finish(await ground.enter(id, { args: ['true'], ...process }));
    expect(exit.exitCode).toBe(0);
    expect(await ground.runtimeExecs()).toBe(before + 1);
  });
});

test('a later daemon enters what an earlier one has made, once it knows the filter', async () => {
  await ground.inside({}, async (id, pid) => {
    const later = await ground.laterDriver(id, pid, KEEPER);
    const execs = async (): Promise<number> => {
      const before = await ground.runtimeExecs();
      const running = await later.exec(id, ground.plainProcess({ args: ['true'] }), { keeping: ground.keeping() });
      expect((await ground.finish(running)).exit.exitCode).toBe(0);
      return (await ground.runtimeExecs()) - before;
    };
    expect(await execs()).toBe(1);
    await later.probe();
    expect(await execs()).toBe(0);
  });
});
