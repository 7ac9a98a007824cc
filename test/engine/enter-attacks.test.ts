import { copyFile, open, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { libcFunction } from '../../runtime/os/libc.ts';
import { enterContainer } from '../../runtime/sandbox/enter/enter.ts';
import type { EnteredContainer } from '../../runtime/sandbox/enter/plan.ts';
import { EnterGround, KEEPER } from './enter-ground.ts';

// What a container can do to somebody who enters it.

const ground = new EnterGround();
beforeAll(() => ground.start());
afterAll(() => ground.close());

const fcntl = libcFunction('fcntl', 'int fcntl(int fd, int command, int argument)');
const [F_SETLEASE, F_SETOWN, F_WRLCK] = [1024, 8, 1];

/**
 * A program of the container's that nobody can execute before `release`: whoever tries waits, as the one that he still is
 * (fcntl(2), leases).
 */
async function heldProgram(): Promise<{ readonly path: string; release(): Promise<void> }> {
  const file = join(ground.plain.rootfs, 'tmp/busybox');
  await copyFile('/bin/busybox', file);
  const handle = await open(file, 'r+');
  fcntl('lease', handle.fd, F_SETLEASE, F_WRLCK);
  // Otherwise a signal says that somebody waits.
  fcntl('owner', handle.fd, F_SETOWN, 0);
  return { path: '/tmp/busybox', release: () => handle.close() };
}

const status = (pid: number | string): Promise<string> => readFile(`/proc/${pid}/status`, 'utf8');
const field = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1];

test('who enters has no more rights in the container’s sight than the process to be, and cannot be looked into', async () => {
  await ground.inside({}, async (id, first) => {
    const held = await heldProgram();
    const starting = ground.enter(id, { args: [held.path, 'true'] });
    try {
      // The one that has made it is in the control group too, until this one is known.
      const inSight = async (): Promise<number[]> => {
        const pids = (await ground.driver.pids(id)).filter((pid) => pid !== first);
        const all = await Promise.all(pids.map(async (pid) => [pid, await status(pid).catch(() => '')] as const));
        return all.filter(([, text]) => /^NSpid:\s*\d+\s+\d+$/m.test(text)).map(([pid]) => pid);
      };
      await expect.poll(inSight).toHaveLength(1);
      const [pid = 0] = await inSight();
      await expect.poll(() => readFile(`/proc/${pid}/wchan`, 'utf8')).toMatch(/lease/);
      const [entering, ofFirst] = [await status(pid), await status(first)];
      for (const name of [
        'CapInh',
        'CapPrm',
        'CapEff',
        'CapBnd',
        'CapAmb',
        'Seccomp',
        'Seccomp_filters',
        'Uid',
        'Groups',
      ])
        expect([name, field(entering, name)]).toEqual([name, field(ofFirst, name)]);
      expect(await readlink(`/proc/${pid}/exe`)).toMatch(/^\/memfd:enter/);
      // Its streams, and a pipe that says that it has failed.
      expect(await readdir(`/proc/${pid}/fd`)).toEqual(['0', '1', '2', '3']);
      const mine = field(entering, 'NSpid')?.split(/\s+/).at(-1);
      const look = [
        `cd /proc/${mine} || exit; cat comm > /dev/null && echo seen`,
        'for f in exe cwd root fd/0 fd/1 fd/2 fd/3 ns/mnt; do ls -l $f > /dev/null 2>&1 && busybox readlink $f; done',
        'for f in exe fd/0 fd/3 mem environ maps auxv syscall stack; do head -c 1 $f > /dev/null 2>&1 && echo read $f; done',
        'for f in exe mem clear_refs; do echo x 2> /dev/null >> $f && echo written $f; done',
        'ls map_files; echo end',
      ].join('\n');
      const looked = await ground.finish(await ground.byRuntime(id, { args: ['sh', '-c', look] }));
      expect(looked.out).toBe('seen\nend\n');
    } finally {
      await held.release();
    }
    const { exit } = await ground.finish(await starting);
    expect(exit.exitCode).toBe(0);
  });
});

test('a container that becomes what has entered it cannot write to the machine’s file', async () => {
  const before = await readFile(KEEPER);
  await ground.inside({}, async (id) => {
    const { exit } = await ground.finish(await ground.enter(id, { args: ['/proc/self/exe'] }));
    expect(exit.exitCode).not.toBe(0);
    // It waits as what it was: everything of it can be opened now.
    const script = 'exec 3< /proc/self/exe; readlink /proc/self/exe';
    expect((await ground.finish(await ground.enter(id, { args: ['sh', '-c', script] }))).out).not.toContain('memfd');
  });
  expect((await readFile(KEEPER)).equals(before)).toBe(true);
});

test.each([3, 4, 5, 8])('descriptor %s leads nowhere, as a folder or as a program', async (fd) => {
  await ground.inside({}, async (id) => {
    for (const path of [`/proc/self/fd/${fd}`, `/proc/self/fd/${fd}/..`, `/proc/1/fd/${fd}`]) {
      await expect(ground.enter(id, { args: ['true'], cwd: path })).rejects.toThrow(/chdir to cwd/);
      // runc says so, or what is left of runc does.
      const outcome = ground.enter(id, { args: [path] }).then(ground.finish);
      const { out, exit } = await outcome.catch(() => ({ out: '', exit: { exitCode: 126 } }));
      expect([out, exit.exitCode > 0]).toEqual(['', true]);
    }
    expect(await ground.driver.pids(id)).toHaveLength(1);
  });
});

test('a terminal that is none of the kernel’s is not taken', async () => {
  const mounts = [{ destination: '/dev/pts', type: 'tmpfs', source: 'tmpfs', options: ['mode=755'] }] as const;
  await ground.inside({ mounts }, async (id) => {
    for (const make of ['busybox mkfifo /dev/pts/ptmx', 'ln -sf /dev/null /dev/pts/ptmx', 'touch /dev/pts/ptmx']) {
      await ground.finish(await ground.byRuntime(id, { args: ['sh', '-c', `rm -f /dev/pts/ptmx; ${make}`] }));
      const before = await ground.runtimeExecs();
      await ground.enter(id, { args: ['true'], tty: true }).then(ground.finish, () => undefined);
      expect(await ground.runtimeExecs()).toBe(before + 1);
    }
  });
});

test('a paused container runs nothing, and says so', async () => {
  await ground.inside({}, async (id) => {
    await ground.driver.pause(id);
    await expect(ground.enter(id, { args: ['true'] })).rejects.toThrow(/paused/);
    await ground.driver.resume(id);
    expect((await ground.finish(await ground.enter(id, { args: ['true'] }))).exit.exitCode).toBe(0);
  });
});

test('another process with the id of a container’s first one is not entered', async () => {
  await ground.inside({}, async (_, pid) => {
    const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ');
    const enter = async (startTime: string, changes: Partial<EnteredContainer> = {}): Promise<string> => {
      const container = { identity: { pid, startTime }, namespaces: ['mount', 'pid'], tasks: [], ...changes } as const;
      const process = ground.plainProcess({ args: ['true'] });
      const running = await enterContainer({ container, process }, ground.keeping());
      if (running === undefined) return 'not entered';
      running.stdout.resume();
      running.stderr?.resume();
      return `ended with ${(await running.ended).exitCode}`;
    };
    expect(await enter(stat[21]!)).toBe('ended with 0');
    expect(await enter(String(Number(stat[21]) - 1))).toBe('not entered');
    expect(await enter(stat[21]!, { identity: { pid: 4_000_000, startTime: '1' } })).toBe('not entered');
    expect(await enter(stat[21]!, { cgroup: '/sys/fs/cgroup/none' })).toBe('not entered');
    expect(await enter(stat[21]!, { tasks: ['/sys/fs/cgroup/none/tasks'] })).toBe('not entered');
    expect(await enter(stat[21]!, { oomScoreAdj: 5000 })).toBe('not entered');
  });
});

test('one whose start is cancelled is gone', async () => {
  await ground.inside({}, async (id, first) => {
    const held = await heldProgram();
    const abort = new AbortController();
    const starting = ground.enter(id, { args: [held.path, 'sleep', '1000'] }, {}, abort.signal);
    await expect.poll(async () => (await ground.driver.pids(id)).length).toBe(3);
    abort.abort();
    await expect(starting).rejects.toMatchObject({ kind: 'cancelled' });
    await held.release();
    expect(await ground.driver.pids(id)).toEqual([first]);
  });
});
