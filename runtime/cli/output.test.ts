import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { frame } from '../containers/frames.ts';
import { formatPorts } from './commands/ps.ts';
import { FrameReader } from './frame-reader.ts';
import { Stats } from './records.ts';
import { statsFigures } from './stats-figures.ts';
import { cut, formatTable } from './table.ts';

it('aligns columns as docker does', () => {
  expect(
    formatTable(
      ['NAME', 'SIZE'],
      [
        ['a-long-name', '1B'],
        ['b', ''],
      ],
    ),
  ).toBe('NAME          SIZE\na-long-name   1B\nb');
  expect(cut('abcdef', 4)).toBe('abc…');
});

it('takes output apart however it is cut', async () => {
  const bytes = Buffer.concat([
    frame('stdout', Buffer.from('one ')),
    frame('stderr', Buffer.from('oops')),
    frame('stdout', Buffer.from('two')),
  ]);
  for (const size of [1, 7, 9, bytes.length]) {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    await pipeline(chunks, new FrameReader(stdout, stderr).resume());
    expect([String(stdout.read()), String(stderr.read())]).toEqual(['one two', 'oops']);
  }
});

it('writes ports as docker ps does', () => {
  expect(
    formatPorts([
      { IP: '', PrivatePort: 443, PublicPort: 0, Type: 'tcp' },
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    ]),
  ).toBe('0.0.0.0:8080->80/tcp, 443/tcp');
});

it('reckons the figures of docker stats', () => {
  const cpu = (used: number, system: number) => ({
    cpu_usage: { total_usage: used },
    system_cpu_usage: system,
    online_cpus: 2,
  });
  const record = Stats.parse({
    id: 'a'.repeat(64),
    name: '/web',
    read: '2026-11-23T17:19:07.344Z',
    cpu_stats: cpu(300, 2000),
    precpu_stats: cpu(100, 1000),
    memory_stats: { usage: 300, limit: 1000, stats: { inactive_file: 100 } },
    pids_stats: { current: 3 },
    networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: 'Read', value: 5 },
        { op: 'write', value: 6 },
      ],
    },
  });
  expect(statsFigures(record)).toEqual({
    id: 'a'.repeat(12),
    name: 'web',
    cpuPercent: 40,
    memory: 200,
    memoryLimit: 1000,
    memoryPercent: 20,
    received: 11,
    sent: 22,
    blockRead: 5,
    blockWritten: 6,
    processes: 3,
  });
});
