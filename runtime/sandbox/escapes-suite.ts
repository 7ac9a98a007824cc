import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NamespaceSpec } from './sandbox.ts';
import { makeBusyboxRoot, type SandboxUnderTest } from './sandbox-under-test.test-support.ts';

/** The ways out of a container that must not exist. */
export function describeEscapes(box: SandboxUnderTest): void {
  const { during, finish, processOf, sh, specOf } = box;
  describe('keeps a container in', () => {
    it('holds no descriptor beyond its standard streams', async () => {
      const { out } = await sh('ls /proc/self/fd', { process: { stdin: true } });
      const open = out.trim().split('\n').map(Number);
      // `ls` holds one more, the folder itself.
      expect(open.filter((fd) => fd > 3)).toEqual([]);
      await during({ process: { stdin: true } }, async (id) => {
        const running = await box.driver.exec(id, processOf({ args: ['ls', '/proc/1/fd'], stdin: true }));
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
      const outside = join(box.folder, 'outside');
      await mkdir(outside, { recursive: true });
      await symlink(outside, join(box.plain.rootfs, 'trap'));
      const data = join(box.folder, 'inner');
      await mkdir(data, { recursive: true });
      await sh('true', { mounts: [{ destination: '/trap/deep', type: 'bind', source: data, options: ['rbind'] }] });
      await rm(join(box.plain.rootfs, 'trap'));
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
      const { out } = await sh('cat /proc/self/mountinfo', { namespaces: { ...box.plain.namespaces, network } });
      const mounts = out.split('\n').filter((line) => /^(?:\S+ ){4}\/sys[/ ]/.test(line));
      expect(mounts.length).toBeGreaterThan(0);
      // What is in memory only is the container's own.
      const writable = mounts.filter((line) => !/^(?:\S+ ){5}ro\b| - tmpfs /.test(line));
      expect(writable).toEqual([]);
    });

    it.each(['dev', 'proc', 'sys'])('starts nothing on a root whose %s leads elsewhere', async (name) => {
      const outside = join(box.folder, 'outside');
      await mkdir(outside, { recursive: true });
      const rootfs = join(box.folder, `led-${name}`);
      await makeBusyboxRoot(rootfs);
      await rm(join(rootfs, name), { recursive: true });
      await symlink(outside, join(rootfs, name));
      await expect(box.driver.run(specOf({ rootfs }))).rejects.toMatchObject({
        kind: 'invalid',
        code: 'root-has-link',
      });
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
          sh('true', { sysctls: { [name]: now }, namespaces: { ...box.plain.namespaces, [of]: namespace } });
        await expect(run('host')).rejects.toMatchObject(refused);
        await during({ namespaces: { ...box.plain.namespaces, [of]: 'host' } }, async (_, { pid }) => {
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
      expect(out).toBe(box.probe.features.seccomp ? 'Seccomp:\t2\n' : 'Seccomp:\t0\n');
    });
  });
}
