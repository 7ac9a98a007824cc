import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Exchange } from './exchange.ts';
import { LineStream } from './line-stream.ts';

test('what is said in one turn goes out in one piece, in order, and before the end', async () => {
  const pieces: string[] = [];
  const out = new Writable({
    write(chunk, _encoding, done) {
      pieces.push(String(chunk));
      done();
    },
  });
  const lines = new LineStream({ startStream: () => out } as Pick<Exchange, 'startStream'> as Exchange, '\n');
  await lines.run(async () => {
    lines.write(1);
    lines.write(2);
    await new Promise((resolve) => setImmediate(resolve));
    lines.write(3);
  });
  expect(pieces).toEqual(['1\n2\n', '3\n']);
  expect(out.writableEnded).toBe(true);
});

test('a client that never reads is cut off before it takes the daemon’s memory', () => {
  const stuck = new Writable({ write: () => undefined });
  stuck.on('error', () => undefined);
  const lines = new LineStream({ startStream: () => stuck } as Pick<Exchange, 'startStream'> as Exchange, '\n');
  const record = { stream: 'x'.repeat(1 << 20) };
  for (let written = 0; written < 100 && !stuck.destroyed; written++) lines.write(record);
  expect(stuck.destroyed).toBe(true);
  expect(stuck.writableLength).toBeLessThan(80 << 20);
});
