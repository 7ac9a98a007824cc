import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChildReaper } from '../os/child-reaper.ts';
import { probeSpec } from './probe-spec.ts';
import type { Exit, NamespaceSpec, Probe, ProcessSpec, SandboxDriver, SandboxProcess, SandboxSpec } from './sandbox.ts';

/** What a test changes of the plain specification. */
type Changes = Partial<Omit<SandboxSpec, 'process'>> & { readonly process?: Partial<ProcessSpec> };

interface Finished {
  readonly out: string;
  readonly err: string;
  readonly exit: Exit;
}

/**
 * The contract of SandboxDriver, and the ways out of a container that must not exist: every driver passes this with a real
 * busybox in it.
 */
export function describeSandbox(
  name: string,
  open: (stateRoot: string, reaper: ChildReaper) => Promise<SandboxDriver>,
): void {
  describe(name, () => {
    let folder: string;
    let driver: SandboxDriver;
    let probe: Probe;
    let plain: SandboxSpec;
    let runs = 0;
    let before: Leftovers;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lapstrake-sandbox-'));
      before = await leftovers(folder);
      driver = await open(join(folder, 'state'), new ChildReaper());
      probe = await driver.probe();
      const rootfs = join(folder, 'root');
      await makeBusyboxRoot(rootfs);
      plain = { ...(await probeSpec('unused', rootfs)), mounts: [] };
    });

    afterAll(async () => {
      await driver.dispose?.();
      expect(await driver.list()).toEqual([]);
      expect(await leftovers(folder)).toEqual(before);
      await rm(folder, { recursive: true });
    });

    const processOf = (changes: Partial<ProcessSpec>): ProcessSpec => ({
      ...plain.process,
      env: ['PATH=/bin'],
      ...changes,
    });
    const specOf = (changes: Changes): SandboxSpec => ({
      ...plain,
      id: `suite-${process.pid}-${++runs}`,
      ...changes,
      process: processOf(changes.process ?? {}),
    });
    const finish = async (running: SandboxProcess): Promise<Finished> => {
      const [out, err, exit] = await Promise.all([read(running.stdout), read(running.stderr), running.exited]);
      return { out, err, exit };
    };
    /** Runs a shell script to its end. */
    const sh = async (script: string, changes: Changes = {}): Promise<Finished> => {
      const spec = specOf({ ...changes, process: { args: ['sh', '-c', script], ...changes.process } });
      const running = await driver.run(spec);
      try {
        return await finish(running);
      } finally {
        await driver.remove(spec.id);
      }
    };
    /** Does something with a container that runs. */
    const during = async (
      changes: Changes,
      work: (id: string, first: SandboxProcess) => Promise<void>,
    ): Promise<void> => {
      const spec = specOf({ ...changes, process: { args: ['sleep', '1000'], ...changes.process } });
      const first = await driver.run(spec);
      first.stdout.resume();
      first.stderr?.resume();
      try {
        await work(spec.id, first);
      } finally {
        await driver.remove(spec.id);
      }
    };

    it('works on this machine', () => {
      expect(probe).toMatchObject({ works: true });
    });

    describe('a process', () => {
      it('has separate outputs and an exit code', async () => {
        const { out, err, exit } = await sh('echo out; echo err >&2; exit 7');
        expect({ out, err, exit }).toMatchObject({
          out: 'out\n',
          err: 'err\n',
          exit: { exitCode: 7, oomKilled: false },
        });
        expect(Math.abs(Date.now() - exit.at)).toBeLessThan(60_000);
      });

      it('reads what is written to it until the end', async () => {
        const spec = specOf({ process: { args: ['cat'], stdin: true } });
        const running = await driver.run(spec);
        running.stdin?.end('x'.repeat(300_000));
        expect((await finish(running)).out).toHaveLength(300_000);
        await driver.remove(spec.id);
      });

      it('finds stdin empty where none is wanted', async () => {
        expect((await sh('cat; echo end')).out).toBe('end\n');
      });

      it('can open its own output by name, as another user too', async () => {
        const { out } = await sh('echo hi > /dev/stdout', {
          process: { user: { uid: 1000, gid: 1000, additionalGids: [] } },
        });
        expect(out).toBe('hi\n');
      });

      it('gets its user, groups, working directory and environment, and nothing else', async () => {
        const { out } = await sh('id -u; id -G; pwd; env | sort', {
          process: { user: { uid: 1000, gid: 1001, additionalGids: [7] }, cwd: '/tmp', env: ['A=1', 'PATH=/bin'] },
        });
        const lines = out.trim().split('\n');
        expect(lines.slice(0, 3)).toEqual(['1000', '1001 7', '/tmp']);
        expect(lines.slice(3).filter((line) => !/^(HOME|PWD|SHLVL|OLDPWD)=/.test(line))).toEqual(['A=1', 'PATH=/bin']);
      });

      it('has a terminal whose size can be changed', async () => {
        const script = 'stty size; tty; trap "stty size; exit 3" WINCH; echo ready; while :; do sleep 0.1; done';
        const spec = specOf({
          process: { args: ['sh', '-c', script], tty: true, stdin: true, consoleSize: { rows: 11, cols: 22 } },
        });
        const running = await driver.run(spec);
        const output = watch(running.stdout);
        await output.has('ready\r\n');
        running.resize(33, 44);
        const { exitCode } = await running.exited;
        await driver.remove(spec.id);
        expect(exitCode).toBe(3);
        const text = await output.end;
        expect(text).toContain('11 22\r\n/dev/pts/0\r\n');
        expect(text).toContain('33 44\r\n');
      });

      it('says 128 and the number of the signal that ended it', async () => {
        await during({}, async (id, first) => {
          await driver.kill(id, 9);
          expect(await first.exited).toMatchObject({ exitCode: 137 });
          await expect(driver.kill(id, 9)).rejects.toMatchObject({ kind: 'conflict' });
        });
      });

      it('gets the signals that it handles', async () => {
        const spec = specOf({
          process: { args: ['sh', '-c', 'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done'] },
        });
        const running = await driver.run(spec);
        running.stderr?.resume();
        await watch(running.stdout).has('up\n');
        await driver.kill(spec.id, 15);
        expect(await running.exited).toMatchObject({ exitCode: 5 });
        await driver.remove(spec.id);
      });

      it.each([
        ['/nope', 'command-not-found', /stat \/nope: no such file or directory/],
        ['nope', 'command-not-found', /executable file not found in \$PATH/],
        ['/etc', 'command-not-executable', /permission denied/],
      ])('is refused at once when its program is %s', async (program, code, message) => {
        await expect(driver.run(specOf({ process: { args: [program] } }))).rejects.toMatchObject({
          kind: 'invalid',
          code,
          message: expect.stringMatching(message),
        });
      });

      it('has its limits of resources', async () => {
        const { out } = await sh('ulimit -n', { process: { ulimits: [{ name: 'nofile', soft: 123, hard: 456 }] } });
        expect(out).toBe('123\n');
      });
    });

    describe('a further process', () => {
      it('runs beside the first one, with its own streams and exit code', async () => {
        await during({}, async (id) => {
          const running = await driver.exec(
            id,
            processOf({ args: ['sh', '-c', 'ps -o pid,comm; cat; exit 4'], stdin: true }),
          );
          running.stdin?.end('typed');
          const { out, exit } = await finish(running);
          expect(out).toMatch(/^\s*1 sleep$/m);
          expect(out).toContain('typed');
          expect(exit.exitCode).toBe(4);
        });
      });

      it('sees the same files, host name and network, and may have a terminal', async () => {
        await during({ hostname: 'boat' }, async (id) => {
          const running = await driver.exec(
            id,
            processOf({ args: ['sh', '-c', 'hostname; ls / | head -1; tty'], tty: true }),
          );
          expect((await finish(running)).out).toBe('boat\r\nbin\r\n/dev/pts/0\r\n');
        });
      });

      it('is refused when its program is missing, and the first one runs on', async () => {
        await during({}, async (id) => {
          await expect(driver.exec(id, processOf({ args: ['/nope'] }))).rejects.toMatchObject({
            code: 'command-not-found',
          });
          expect((await driver.pids(id)).length).toBe(1);
        });
      });

      it('is refused where there is no such container', async () => {
        await expect(driver.exec('no-such', processOf({ args: ['true'] }))).rejects.toMatchObject({
          kind: 'not-found',
        });
      });
    });

    describe('a container', () => {
      it('has its own host name and processes', async () => {
        const { out } = await sh('hostname; echo $$; ps | wc -l', { hostname: 'boat' });
        expect(out).toMatch(/^boat\n1\n/);
      });

      it('cannot write to a read-only root', async () => {
        const { out } = await sh('touch /file 2>&1; echo $?', { readonlyRootfs: true });
        expect(out).toContain('Read-only file system');
      });

      it('has what is bound into it, writable or not', async () => {
        const data = join(folder, 'data');
        await mkdir(data, { recursive: true });
        await writeFile(join(data, 'file'), 'content');
        const { out } = await sh('cat /a/file; echo more > /a/new; echo more > /b/new', {
          mounts: [
            { destination: '/a', type: 'bind', source: data, options: ['rbind', 'rprivate'] },
            { destination: '/b', type: 'bind', source: data, options: ['rbind', 'rprivate', 'ro'] },
            { destination: '/c', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] },
          ],
        });
        expect(out).toBe('content');
        expect((await readdir(data)).sort()).toEqual(['file', 'new']);
        expect(await readFile(join(data, 'new'), 'utf8')).toBe('more\n');
      });

      it('has shared memory, a terminal file system and the usual devices', async () => {
        const { out } = await sh(
          'echo x > /dev/shm/x && cat /dev/shm/x; head -c 4 /dev/zero | wc -c; echo gone > /dev/null; ls /dev/pts',
        );
        expect(out).toBe('x\n4\nptmx\n');
      });

      it('is killed for its memory, and says so', async () => {
        if (!probe.features.memoryLimit) return;
        const { exit } = await sh('x=a; while :; do x=$x$x$x; done', {
          limits: { memory: 16 << 20, memorySwap: 16 << 20 },
        });
        expect(exit).toMatchObject({ exitCode: 137, oomKilled: true });
      });

      it('cannot have more processes than it may', async () => {
        if (!probe.features.pidsLimit) return;
        const { err } = await sh('sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait', { limits: { pids: 3 } });
        expect(err).toMatch(/can't fork/);
      });

      it('is measured, paused, limited anew, and resumed', async () => {
        if (!probe.features.freezer) return;
        await during({ limits: { memory: 32 << 20, cpuQuota: 50_000, cpuPeriod: 100_000 } }, async (id) => {
          await driver.pause(id);
          await driver.resume(id);
          expect((await driver.usage(id)).memory.limit).toBe(32 << 20);
          await driver.update(id, { memory: 64 << 20 });
          const usage = await driver.usage(id);
          expect(usage.memory.limit).toBe(64 << 20);
          expect(usage.memory.usage).toBeGreaterThan(0);
          expect(usage.pids.current).toBe(1);
        });
      });

      it('has an id that nobody else takes while it is there', async () => {
        await during({}, async (id) => {
          expect(await driver.list()).toContain(id);
          await expect(driver.run({ ...specOf({}), id })).rejects.toMatchObject({ kind: 'conflict' });
        });
      });
    });

    describe('keeps a container in', () => {
      it('holds no descriptor beyond its standard streams', async () => {
        const { out } = await sh('ls /proc/self/fd', { process: { stdin: true } });
        const open = out.trim().split('\n').map(Number);
        // `ls` holds one more, the folder itself.
        expect(open.filter((fd) => fd > 3)).toEqual([]);
        await during({ process: { stdin: true } }, async (id) => {
          const running = await driver.exec(id, processOf({ args: ['ls', '/proc/1/fd'], stdin: true }));
          expect((await finish(running)).out).toBe('0\n1\n2\n');
        });
      });

      it('shows no file of the host through another process’s root', async () => {
        const { out } = await sh('ls /proc/1/root; ls -d /proc/[0-9]* | wc -l');
        expect(out).not.toContain('home');
        expect(Number(out.trim().split('\n').at(-1))).toBeLessThan(4);
      });

      it('lets nobody write to the kernel’s settings', async () => {
        const { out } = await sh(
          'for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/vm/overcommit_memory; do echo x > $f && echo written; done; echo end',
        );
        expect(out).toBe('end\n');
      });

      it('lets nobody open a disk of the host through a node of his own', async () => {
        const { out } = await sh(
          'for d in / /dev /dev/shm /tmp; do mknod $d/disk b 254 0; head -c 1 $d/disk >/dev/null && echo opened; mknod $d/mem c 1 1; head -c 1 $d/mem > /dev/null && echo opened; rm -f $d/disk $d/mem; done; echo end',
        );
        expect(out).toBe('end\n');
      });

      it('follows a link at a mount’s destination inside the container only', async () => {
        const outside = join(folder, 'outside');
        await mkdir(outside, { recursive: true });
        await symlink(outside, join(plain.rootfs, 'trap'));
        const data = join(folder, 'inner');
        await mkdir(data, { recursive: true });
        await sh('true', { mounts: [{ destination: '/trap/deep', type: 'bind', source: data, options: ['rbind'] }] });
        await rm(join(plain.rootfs, 'trap'));
        expect(await readdir(outside)).toEqual([]);
      });

      it('masks what Docker masks', async () => {
        const { out } = await sh(
          'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware /proc/acpi 2>/dev/null | wc -l',
        );
        expect(out.split('\n')[0]).toBe('0');
      });

      it('gives no control group to write to', async () => {
        const { out } = await sh(
          'find /sys/fs/cgroup -name release_agent -o -name cgroup.procs -o -name memory.limit_in_bytes 2>/dev/null | while read f; do echo x > $f && echo written; done; echo end',
        );
        expect(out).toBe('end\n');
      });

      it.each(['private', 'host'] as const)('lets nobody write to sysfs, with the network %s', async (network) => {
        const { out } = await sh('cat /proc/self/mountinfo', { namespaces: { ...plain.namespaces, network } });
        const mounts = out.split('\n').filter((line) => /^(?:\S+ ){4}\/sys[/ ]/.test(line));
        expect(mounts.length).toBeGreaterThan(0);
        // What is in memory only is the container's own.
        const writable = mounts.filter((line) => !/^(?:\S+ ){5}ro\b| - tmpfs /.test(line));
        expect(writable).toEqual([]);
      });

      it.each(['dev', 'proc', 'sys'])('starts nothing on a root whose %s leads elsewhere', async (name) => {
        const outside = join(folder, 'outside');
        await mkdir(outside, { recursive: true });
        const rootfs = join(folder, `led-${name}`);
        await makeBusyboxRoot(rootfs);
        await rm(join(rootfs, name), { recursive: true });
        await symlink(outside, join(rootfs, name));
        await expect(driver.run(specOf({ rootfs }))).rejects.toMatchObject({ kind: 'invalid', code: 'root-has-link' });
        expect(await readdir(outside)).toEqual([]);
      });

      it.each([
        ['network', 'net', 'net.core.somaxconn'],
        ['ipc', 'ipc', 'kernel.msgmni'],
      ] as const)(
        'changes no setting of the host’s %s, shared with it or with another that shares it',
        async (of, file, name) => {
          const now = (await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8')).trim();
          const refused = { kind: 'invalid', code: 'sysctl-not-allowed' };
          const run = (namespace: NamespaceSpec) =>
            sh('true', { sysctls: { [name]: now }, namespaces: { ...plain.namespaces, [of]: namespace } });
          await expect(run('host')).rejects.toMatchObject(refused);
          await during({ namespaces: { ...plain.namespaces, [of]: 'host' } }, async (_, { pid }) => {
            await expect(run({ path: `/proc/${pid}/ns/${file}` })).rejects.toMatchObject(refused);
          });
        },
      );

      it.each(['kernel.core_pattern', 'net/../../kernel/core_pattern'])('changes no setting %s', async (name) => {
        const now = (await readFile('/proc/sys/kernel/core_pattern', 'utf8')).trim();
        await expect(sh('true', { sysctls: { [name]: now } })).rejects.toMatchObject({ code: 'sysctl-not-allowed' });
      });

      it('takes the rights that it does not give', async () => {
        const { out } = await sh(
          'grep CapBnd /proc/self/status; mount -t tmpfs t /tmp && echo mounted; hostname x && echo renamed; umount /proc/sys && echo unmounted; echo end',
          {},
        );
        expect(out).toMatch(/^CapBnd:\t00000000a80425fb\nend\n$/);
      });

      it('gives nobody new rights where that is said', async () => {
        const { out } = await sh('grep NoNewPrivs /proc/self/status', { process: { noNewPrivileges: true } });
        expect(out).toBe('NoNewPrivs:\t1\n');
      });

      it('filters system calls where it says that it can', async () => {
        const { out } = await sh('grep Seccomp: /proc/self/status');
        expect(out).toBe(probe.features.seccomp ? 'Seccomp:\t2\n' : 'Seccomp:\t0\n');
      });
    });
  });
}

/** A root file system with busybox under all its names. */
async function makeBusyboxRoot(rootfs: string): Promise<void> {
  await Promise.all(
    ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev'].map((each) => mkdir(join(rootfs, each), { recursive: true })),
  );
  await chmod(join(rootfs, 'tmp'), 0o1777);
  await cp('/bin/busybox', join(rootfs, 'bin', 'busybox'));
  const names =
    'cat echo env find grep head hostname id ls mknod mount ps pwd rm sh sleep sort stty touch true tty umount wc';
  await Promise.all(names.split(' ').map((name) => symlink('busybox', join(rootfs, 'bin', name))));
}

async function read(stream: Readable | undefined): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

/** A stream's text, with a promise for the moment when it holds something. */
function watch(stream: Readable): { readonly end: Promise<string>; has(wanted: string): Promise<void> } {
  let text = '';
  const checks = new Set<() => void>();
  stream.on('data', (chunk) => {
    text += String(chunk);
    for (const check of checks) check();
  });
  return {
    end: new Promise((resolve) => stream.once('end', () => resolve(text))),
    has: (wanted) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (text.includes(wanted)) resolve();
        };
        checks.add(check);
        check();
      }),
  };
}

interface Leftovers {
  readonly mounts: number;
  readonly groups: readonly string[];
}

/** What a sandbox could leave behind on the machine: others may run beside it. */
async function leftovers(folder: string): Promise<Leftovers> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(folder));
  const groups: string[] = [];
  for (const mount of ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids']) {
    const inside = await readdir(join(mount, 'lapstrake')).catch(() => []);
    groups.push(...inside.filter((each) => each.includes(`suite-${process.pid}`)));
  }
  return { mounts: mounts.length, groups };
}
