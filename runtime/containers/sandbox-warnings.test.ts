import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { HostConfig } from '../../protocol/engine/host-config.ts';
import { NO_FEATURES } from '../sandbox/features.ts';
import { nameWarnings, sandboxWarnings } from './sandbox-warnings.ts';

const isolated = {
  ...NO_FEATURES,
  ...{ isolation: true, networkNamespace: true, deviceRules: true, domainName: true, ownDeviceNodes: true },
  capabilities: ['CAP_MKNOD', 'CAP_CHOWN'],
};

const warned = (wanted: object, features = isolated): string[] =>
  sandboxWarnings(z.parse(HostConfig, wanted), features);

test('what a sandbox can honour is no warning', () => {
  const wanted = {
    CapAdd: ['mknod', 'ALL'],
    ReadonlyRootfs: true,
    Sysctls: { a: '1' },
    IpcMode: 'none',
    OomScoreAdj: 5,
  };
  expect(
    warned({ ...wanted, Devices: [{ PathOnHost: '/dev/a', PathInContainer: '', CgroupPermissions: 'r' }] }),
  ).toEqual([]);
  expect(warned({ PortBindings: { '80/tcp': [] }, Ulimits: [{ Name: 'core', Soft: -1, Hard: -1 }] })).toEqual([]);
  expect(nameWarnings({ Hostname: 'a', Domainname: 'b' }, isolated)).toEqual([]);
});

const bare = { ...NO_FEATURES, capabilities: ['CAP_CHOWN'] };
test.each<[object, string]>([
  [{ ReadonlyRootfs: true }, 'read-only root file systems. Read-only setting discarded.'],
  [{ ShmSize: 5 }, 'Shared memory size discarded.'],
  [{ Devices: [{ PathOnHost: '/dev/a', PathInContainer: '', CgroupPermissions: 'rwm' }] }, 'Devices discarded.'],
  [{ Sysctls: { a: '1' } }, 'Sysctls discarded.'],
  [{ PidMode: 'container:a' }, 'PID mode discarded.'],
  [{ IpcMode: 'none' }, 'IPC mode discarded.'],
  [{ CgroupnsMode: 'private' }, 'Cgroup namespace setting discarded.'],
  [{ Binds: ['/a:/b'] }, 'Files are copied into the container, and folders refused when it starts.'],
  [{ PublishAllPorts: true }, 'Published ports discarded.'],
  [{ CapAdd: ['MKNOD'] }, 'cannot give CAP_MKNOD. Capability discarded.'],
])('without isolation, %j is a warning', (wanted, text) => {
  expect(warned(wanted, bare)).toEqual([expect.stringContaining(text)]);
});

test.each<[object, Partial<typeof isolated>, string]>([
  [{ CapAdd: ['CAP_SYS_TIME'] }, {}, 'cannot give CAP_SYS_TIME. Capability discarded.'],
  [{ CapAdd: ['MKNOD'] }, { ownDeviceNodes: false }, 'open device nodes of its own: name the devices by --device.'],
  [
    { Devices: [{ PathOnHost: '/dev/a', PathInContainer: '', CgroupPermissions: 'r' }] },
    { deviceRules: false },
    'Permissions r of /dev/a discarded.',
  ],
  [
    { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 9 }] },
    { highestUlimits: { nofile: 8 } },
    'no more than 8 (ulimit nofile)',
  ],
  [
    { Ulimits: [{ Name: 'core', Soft: -1, Hard: -1 }] },
    { highestUlimits: { core: 8 } },
    'no more than 8 (ulimit core)',
  ],
  [{ OomScoreAdj: -5 }, { lowestOomScore: 0 }, 'may not lower the OOM score below 0.'],
])('%j is a warning where the sandbox lacks %j', (wanted, lacks, text) => {
  expect(warned(wanted, { ...isolated, ...lacks })).toEqual([expect.stringContaining(text)]);
});

test('names that only files have are a warning', () => {
  expect(nameWarnings({ Hostname: 'a', Domainname: '' }, bare)).toEqual([expect.stringContaining('host names')]);
  expect(nameWarnings({ Hostname: '', Domainname: 'b' }, bare)).toEqual([expect.stringContaining('domain names')]);
});
