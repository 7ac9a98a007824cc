import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonLines, readJsonLines } from './json-lines.ts';

it('gives the same values however the bytes are cut', () => {
  const values = [{ stream: 'Étape 1\r\n' }, { aux: { ID: 'sha256:1' } }, 3, 'ö€😀'];
  const bytes = Buffer.from(values.map((value) => JSON.stringify(value)).join('\r\n'));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const seen: unknown[] = [];
      const lines = new JsonLines((value) => seen.push(value));
      const ends = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      for (let i = 1; i < ends.length; i++) lines.write(bytes.subarray(ends[i - 1], ends[i]));
      lines.end();
      expect(seen).toEqual(values);
    }),
  );
});

it('hands on what is no JSON', () => {
  const garbage: string[] = [];
  const lines = new JsonLines(
    () => undefined,
    (line) => garbage.push(line),
  );
  lines.write(Buffer.from('{"a":1}\noops\n'));
  expect(garbage).toEqual(['oops']);
});

it('reads an answer to its end', async () => {
  const seen: unknown[] = [];
  const answer = Readable.from([Buffer.from('{"a":1}\n{"b"'), Buffer.from(':2}')]);
  await readJsonLines(answer, (value) => seen.push(value), new AbortController().signal);
  expect(seen).toEqual([{ a: 1 }, { b: 2 }]);
});

it('leaves an answer that never ends when the user cancels, and says that it was that', async () => {
  const answer = new PassThrough();
  const abort = new AbortController();
  answer.write('{"a":1}\n');
  const reading = readJsonLines(answer, () => abort.abort(), abort.signal);
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  expect(answer.destroyed).toBe(true);
});
