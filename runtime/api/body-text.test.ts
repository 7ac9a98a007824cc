import { PassThrough } from 'node:stream';
import pLimit from 'p-limit';
import { expect, test } from 'vitest';
import { type BodyBounds, readText } from './body-text.ts';

const bounds: BodyBounds = { bytes: 1000, time: 60_000, large: 10, admit: pLimit(1) };

test('a body is read to its end, be it large or empty', async () => {
  for (const text of ['', 'short', 'x'.repeat(1000)]) {
    const body = new PassThrough();
    const read = readText(body, bounds);
    body.end(text);
    expect(await read).toBe(text);
  }
});

test('one that is too large or too slow is refused, and one that breaks off fails as it does', async () => {
  const large = new PassThrough();
  large.write('x'.repeat(1001));
  await expect(readText(large, bounds)).rejects.toThrow('invalid request body: is larger than 1000 bytes');
  const slow = new PassThrough();
  slow.write('{');
  await expect(readText(slow, { ...bounds, time: 20 })).rejects.toThrow(
    'invalid request body: was not here within 0.02 seconds',
  );
  const broken = new PassThrough();
  const read = readText(broken, bounds);
  broken.destroy(new Error('reset'));
  await expect(read).rejects.toThrow('reset');
});

test('large ones are read one after the other, small ones at once, and whoever gives up makes room', async () => {
  const admit = pLimit(1);
  const [first, second, third] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const reads = [first, second, third].map((body) => {
    body.write('x'.repeat(20));
    return readText(body, { ...bounds, admit });
  });
  await expect.poll(() => admit.pendingCount).toBe(2);
  for (const body of [second, third]) {
    body.write('y'.repeat(20));
    expect(body.readableFlowing).toBe(false);
  }
  const small = new PassThrough();
  small.end('small');
  expect(await readText(small, { ...bounds, admit })).toBe('small');
  const given = expect(reads[0]).rejects.toThrow();
  first.destroy();
  await given;
  second.end();
  expect(await reads[1]).toBe('x'.repeat(20) + 'y'.repeat(20));
  third.end();
  expect(await reads[2]).toBe('x'.repeat(20) + 'y'.repeat(20));
});
