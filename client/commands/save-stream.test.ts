import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveStream } from './save-stream.ts';

let folder: string;
const { signal } = new AbortController();
const ignore = () => undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-save-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('writes all, and counts', async () => {
  const counted: number[] = [];
  const bytes = await saveStream(
    Readable.from([Buffer.from('ab'), Buffer.from('cde')]),
    join(folder, 'x.tar'),
    (n) => counted.push(n),
    signal,
  );
  expect({ bytes, counted }).toEqual({ bytes: 5, counted: [2, 5] });
  expect(await readdir(folder)).toEqual(['x.tar']);
  expect(await readFile(join(folder, 'x.tar'), 'utf8')).toBe('abcde');
});

it('a stream that breaks leaves what was there before', async () => {
  await writeFile(join(folder, 'x.tar'), 'old');
  const source = new PassThrough();
  source.write('new');
  const saving = saveStream(source, join(folder, 'x.tar'), () => source.destroy(new Error('engine gone')), signal);
  await expect(saving).rejects.toThrow('engine gone');
  expect(await readdir(folder)).toEqual(['x.tar']);
  expect(await readFile(join(folder, 'x.tar'), 'utf8')).toBe('old');
});

it('one that is cancelled leaves nothing, and lets go of the stream', async () => {
  const abort = new AbortController();
  const source = new PassThrough();
  source.write('much');
  const saving = saveStream(source, join(folder, 'x.tar'), () => abort.abort(), abort.signal);
  await expect(saving).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(folder)).toEqual([]);
  expect(source.destroyed).toBe(true);
});

it('a folder that is not there is an error, and is not made', async () => {
  const saving = saveStream(Readable.from(['x']), join(folder, 'no/x.tar'), ignore, signal);
  await expect(saving).rejects.toMatchObject({ code: 'ENOENT' });
});
