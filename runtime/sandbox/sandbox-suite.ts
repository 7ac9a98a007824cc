import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEscapes } from './escapes-suite.ts';
import { describeFiles } from './files-suite.ts';
import { type OpenDriver, SandboxUnderTest, watch } from './sandbox-under-test.test-support.ts';

/** The contract of SandboxDriver: every driver passes this with a real busybox in it. */
export function describeSandbox(name: string, open: OpenDriver): void {
  describe(name, () => {
    const box = new SandboxUnderTest();
    const { during, finish, processOf, sh, specOf } = box;
    beforeAll(() => box.open(open));
    afterAll(() => box.close());

    it('works on this machine', () => {
      expect(box.probe).toMatchObject({ works: true });
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
        const running = await box.driver.run(spec);
        running.stdin?.end('x'.repeat(300_000));
        expect((await finish(running)).out).toHaveLength(300_000);
        await box.driver.remove(spec.id);
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
        const running = await box.driver.run(spec);
        const output = watch(running.stdout);
        await output.has('ready\r\n');
        running.resize(33, 44);
        const { exitCode } = await running.exited;
        await box.driver.remove(spec.id);
        expect(exitCode).toBe(3);
        const text = await output.end;
        expect(text).toContain('11 22\r\n/dev/pts/0\r\n');
        expect(text).toContain('33 44\r\n');
      });

      it('finds its terminal at /dev/console', async () => {
        const { out } = await sh('echo seen > /dev/console', { process: { tty: true } });
        expect(out).toBe('seen\r\n');
      });

      it('says 128 and the number of the signal that ended it', async () => {
        await during({}, async (id, first) => {
          await box.driver.kill(id, 9);
          expect(await first.exited).toMatchObject({ exitCode: 137 });
          await expect(box.driver.kill(id, 9)).rejects.toMatchObject({ kind: 'conflict' });
        });
      });

      it('gets the signals that it handles', async () => {
        const spec = specOf({
          process: { args: ['sh', '-c', 'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done'] },
        });
        const running = await box.driver.run(spec);
        running.stderr?.resume();
        await watch(running.stdout).has('up\n');
        await box.driver.kill(spec.id, 15);
        expect(await running.exited).toMatchObject({ exitCode: 5 });
        await box.driver.remove(spec.id);
      });

      it.each([
        ['/nope', 'command-not-found', /stat \/nope: no such file or directory/],
        ['nope', 'command-not-found', /executable file not found in \$PATH/],
        ['/etc', 'command-not-executable', /permission denied/],
      ])('is refused at once when its program is %s', async (program, code, message) => {
        await expect(box.driver.run(specOf({ process: { args: [program] } }))).rejects.toMatchObject({
          kind: 'invalid',
          code,
          message: expect.stringMatching(message),
        });
      });

      it('ends where it is a script without its interpreter, as its own error output says', async () => {
        const odd = join(box.plain.rootfs, 'odd');
        await writeFile(odd, '#!/no-such\n', { mode: 0o755 });
        const { err, exit } = await sh('', { process: { args: ['/odd'] } });
        expect(err).toContain('exec /odd: no such file or directory');
        expect(exit.exitCode).not.toBe(0);
        await rm(odd);
      });

      it('starts in a folder that is made for it, and in one that only root may enter', async () => {
        const user = { uid: 1000, gid: 1000, additionalGids: [] };
        const made = await sh('pwd', { readonlyRootfs: true, process: { cwd: '/new/er', user } });
        expect(made).toMatchObject({ out: '/new/er\n', err: '' });
        const shut = join(box.plain.rootfs, 'shut');
        await mkdir(shut, { mode: 0o700 });
        expect((await sh('pwd', { process: { cwd: '/shut', user } })).out).toBe('/shut\n');
        await Promise.all(['new', 'shut'].map((name) => rm(join(box.plain.rootfs, name), { recursive: true })));
        await expect(box.driver.run(specOf({ process: { cwd: '/bin/sh' } }))).rejects.toThrow(/not a directory/);
        await expect(box.driver.run(specOf({ process: { cwd: '/proc/x' } }))).rejects.toThrow(/no such file/);
      });

      it('has the readiness to be killed that is asked for', async () => {
        const { out } = await sh('cat /proc/self/oom_score_adj', { oomScoreAdj: 500 });
        expect(out).toBe('500\n');
      });

      it('has its limits of resources', async () => {
        const { out } = await sh('ulimit -n', { process: { ulimits: [{ name: 'nofile', soft: 123, hard: 456 }] } });
        expect(out).toBe('123\n');
      });
    });

    describe('a further process', () => {
      it('runs beside the first one, with its own streams and exit code', async () => {
        await during({}, async (id) => {
          const running = await box.driver.exec(
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
          const running = await box.driver.exec(
            id,
            processOf({ args: ['sh', '-c', 'hostname; ls / | head -1; tty'], tty: true }),
          );
          expect((await finish(running)).out).toBe('boat\r\nbin\r\n/dev/pts/0\r\n');
        });
      });

      it('is as ready to be killed as the first one', async () => {
        await during({ oomScoreAdj: 500 }, async (id) => {
          const { pid } = await box.driver.exec(id, processOf({ args: ['sleep', '1000'] }));
          expect(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('500\n');
        });
      });

      it('is refused when its program is missing, and the first one runs on', async () => {
        await during({}, async (id) => {
          await expect(box.driver.exec(id, processOf({ args: ['/nope'] }))).rejects.toMatchObject({
            code: 'command-not-found',
            message: expect.stringMatching(
              /^OCI runtime exec failed: exec failed: unable to start container process: /,
            ),
          });
          await expect(box.driver.exec(id, processOf({ args: ['true'], cwd: '/no' }))).rejects.toThrow(
            /chdir to cwd \("\/no"\).*: no such file or directory/,
          );
          expect((await box.driver.pids(id)).length).toBe(1);
        });
      });

      it('is refused where there is no such container', async () => {
        await expect(box.driver.exec('no-such', processOf({ args: ['true'] }))).rejects.toMatchObject({
          kind: 'not-found',
        });
      });
    });

    describe('a container', () => {
      it('has its own host name and processes', async () => {
        const { out } = await sh('hostname; echo $$; ps | wc -l', { hostname: 'boat' });
        expect(out).toMatch(/^boat\n1\n/);
      });

      it('sees where its control group is, or not, and so do processes that are added', async () => {
        const groups = (text: string): string[] => [
          ...new Set(
            text
              .trim()
              .split('\n')
              .map((line) => line.split(':')[2] ?? ''),
          ),
        ];
        for (const cgroup of ['private', 'host'] as const) {
          await during({ namespaces: { ...box.plain.namespaces, cgroup } }, async (id, { pid }) => {
            const added = await box.driver.exec(
              id,
              processOf({ args: ['cat', '/proc/1/cgroup', '/proc/self/cgroup'] }),
            );
            const seen = groups((await finish(added)).out);
            const real = groups(await readFile(`/proc/${pid}/cgroup`, 'utf8'));
            expect(seen.sort()).toEqual(cgroup === 'private' ? ['/'] : real.sort());
          });
        }
      });

      it('is killed for its memory, and says so', async () => {
        if (!box.probe.features.memoryLimit) return;
        const { exit } = await sh('x=a; while :; do x=$x$x$x; done', {
          limits: { memory: 16 << 20, memorySwap: 16 << 20 },
        });
        expect(exit).toMatchObject({ exitCode: 137, oomKilled: true });
      });

      it('cannot have more processes than it may', async () => {
        if (!box.probe.features.pidsLimit) return;
        // runc's own threads count too until the program runs: a limit below a dozen may already end those.
        const { err } = await sh('for i in $(seq 30); do sleep 1 & done; wait', { limits: { pids: 20 } });
        expect(err).toMatch(/can't fork/);
      });

      it('is measured, paused, limited anew, and resumed', async () => {
        if (!box.probe.features.freezer) return;
        await during({ limits: { memory: 32 << 20, cpuQuota: 50_000, cpuPeriod: 100_000 } }, async (id) => {
          await box.driver.pause(id);
          await box.driver.resume(id);
          expect((await box.driver.usage(id)).memory.limit).toBe(32 << 20);
          await box.driver.update(id, { memory: 64 << 20 });
          const usage = await box.driver.usage(id);
          expect(usage.memory.limit).toBe(64 << 20);
          expect(usage.memory.usage).toBeGreaterThan(0);
          // The threads of a runtime that has just ended are counted until the kernel has freed them.
          await expect.poll(async () => (await box.driver.usage(id)).pids.current).toBe(1);
        });
      });

      it('has an id that nobody else takes while it is there', async () => {
        await during({}, async (id) => {
          expect(await box.driver.list()).toContain(id);
          await expect(box.driver.run({ ...specOf({}), id })).rejects.toMatchObject({ kind: 'conflict' });
        });
      });
    });

    describeFiles(box);
    describeEscapes(box);
  });
}
