import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SandboxUnderTest } from './sandbox-under-test.test-support.ts';

/** What a container finds in its file tree, the same with every driver. */
export function describeFiles(box: SandboxUnderTest): void {
  describe('the files of a container', () => {
    const { sh, specOf } = box;

    it('cannot write to a read-only root', async () => {
      const { out } = await sh('touch /file 2>&1; echo $?', { readonlyRootfs: true });
      expect(out).toContain('Read-only file system');
    });

    it('has what is bound into it, writable or not', async () => {
      const data = join(box.folder, 'data');
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

    it('has an empty file where /dev/null is bound over one', async () => {
      const { out } = await sh('echo x > /etc/passwd && cat /etc/passwd && echo empty', {
        mounts: [{ destination: '/etc/passwd', type: 'bind', source: '/dev/null', options: ['rbind', 'rprivate'] }],
      });
      expect(out).toBe('empty\n');
    });

    it('has no shared memory where it is to have none', async () => {
      expect((await sh('ls /dev/shm', { shmSize: 0 })).err).toContain('No such file or directory');
    });

    it('sees its own control groups, and cannot write to them', async () => {
      if (!box.probe.features.pidsLimit) return;
      const script = 'cd /sys/fs/cgroup; [ -d pids ] && cd pids; cat pids.max; echo 60 > pids.max';
      const { out, err } = await sh(script, { limits: { pids: 50 } });
      expect({ out, err }).toEqual({ out: '50\n', err: expect.stringContaining('Read-only file system') });
    });

    it('has the devices that are named, and a privileged one all of the host', async () => {
      const device = (pathOnHost: string) => [{ pathOnHost, pathInContainer: '/dev/other', permissions: 'rwm' }];
      const { out } = await sh('head -c 3 /dev/other | wc -c', { devices: device('/dev/zero') });
      expect(out).toBe('3\n');
      await expect(box.driver.run(specOf({ devices: device('/etc/passwd') }))).rejects.toThrow('not a device node');
      const ofHost = (await readdir('/dev', { withFileTypes: true }))
        .filter((entry) => entry.isCharacterDevice() && entry.name !== 'console')
        .map(({ name }) => name);
      const all = await sh('ls /dev', { privileged: true });
      expect(all.out.split('\n')).toEqual(expect.arrayContaining(ofHost));
    });

    it('is refused a kernel parameter that there is not', async () => {
      const start = box.driver.run(specOf({ sysctls: { 'net.ipv4.no_such': '1' } }));
      await expect(start).rejects.toThrow('open /proc/sys/net/ipv4/no_such: no such file or directory');
    });

    it('gets nothing mounted in its /proc', async () => {
      const mounts = [{ destination: '/proc/x', type: 'bind', source: box.folder, options: ['rbind'] } as const];
      await expect(box.driver.run(specOf({ mounts }))).rejects.toThrow('cannot be mounted because it is inside /proc');
    });

    it('gets no folder mounted onto a file, and is told why', async () => {
      const mounts = [{ destination: '/bin/busybox', type: 'bind', source: box.folder, options: ['rbind'] } as const];
      await expect(box.driver.run(specOf({ mounts }))).rejects.toThrow(/not a directory.*: Are you trying to mount/);
    });
  });
}
