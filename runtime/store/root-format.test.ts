import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT_FORMAT, takeRootFormat } from './root-format.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-format-'));
});
afterEach(() => rm(root, { recursive: true }));

const path = (): string => join(root, 'format.json');

test('a root without a number gets that of this engine, and keeps who wrote it first', async () => {
  await takeRootFormat(root, '1.2.3');
  await takeRootFormat(root, '1.2.4');
  expect(JSON.parse(await readFile(path(), 'utf8'))).toEqual({ format: ROOT_FORMAT, writtenBy: '1.2.3' });
  expect(await readdir(root)).toEqual(['format.json']);
});

test('one of a later form is refused, with the version that can read it, and stays as it is', async () => {
  const later = `{"format":${ROOT_FORMAT + 1},"writtenBy":"9.8.7","more":true}`;
  await writeFile(path(), later);
  const refused = takeRootFormat(root, '1.2.3');
  await expect(refused).rejects.toMatchObject({ kind: 'conflict', code: 'root-newer', subject: root });
  await expect(refused).rejects.toThrow('9.8.7');
  expect(await readFile(path(), 'utf8')).toBe(later);
});

test.each(['', '{"format":', '{"format":"1","writtenBy":"1"}', '{"format":0,"writtenBy":"1"}'])(
  'a number that cannot be read is no old form: %j',
  async (text) => {
    await writeFile(path(), text);
    await expect(takeRootFormat(root, '1.2.3')).rejects.toMatchObject({ code: 'root-format-corrupt', subject: path() });
    expect(await readFile(path(), 'utf8')).toBe(text);
  },
);
