import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Exchange } from './exchange.ts';
import { LineStream } from './line-stream.ts';

test('a client that never reads is cut off before it takes the daemon’s memory', () => {
  const stuck = new Writable({ write: () => undefined });
  stuck.on('error', () => undefined);
  const lines = new LineStream({ startStream: () => stuck } as Pick<Exchange, 'startStream'> as Exchange, '\n');
  const record = { stream: 'x'.repeat(1 << 20) };
  for (let written = 0; written < 100 && !stuck.destroyed; written++) lines.write(record);
  expect(stuck.destroyed).toBe(true);
  expect(stuck.writableLength).toBeLessThan(80 << 20);
});
