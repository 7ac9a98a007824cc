import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { DocumentStore } from './document-store.ts';
import { openDocuments } from './documents.ts';
import { lockRoot } from './lock.ts';

let root: string;
let documents: DocumentStore<{ n: number }>;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-documents-'));
  const schema = z.object({ n: z.number() });
  documents = openDocuments(join(root, 'd'), (value) => z.parse(schema, value));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('documents are kept under any name', async () => {
  expect(await documents.names()).toEqual([]);
  for (const name of ['a/b:c', '../up', '.hidden', 'plain']) await documents.put(name, { n: 1 });
  expect(await documents.names()).toEqual(['../up', '.hidden', 'a/b:c', 'plain']);
  expect(await documents.get('../up')).toEqual({ n: 1 });
  await documents.delete('../up');
  await documents.delete('../up');
  expect(await documents.get('../up')).toBeUndefined();
  expect(await readdir(root)).toEqual(['d']);
});

test('a document that is not what it should be is an error that names it', async () => {
  await documents.put('x', { n: 1 });
  await writeFile(join(root, 'd', 'x.json'), '{"n":"one"}');
  await expect(documents.get('x')).rejects.toMatchObject({ code: 'document-corrupt', subject: 'x' });
});

test('changes of one document happen in the order in which they were asked for', async () => {
  for (let round = 0; round < 20; round++) {
    await Promise.all([documents.put('x', { n: 1 }), documents.delete('x'), documents.put('x', { n: 2 })]);
    expect(await documents.get('x')).toEqual({ n: 2 });
    await Promise.all([documents.put('x', { n: 3 }), documents.delete('x')]);
    expect(await documents.get('x')).toBeUndefined();
  }
});

test('recovery removes what interrupted writes left, and says so', async () => {
  expect(await documents.recover()).toEqual([]);
  await documents.put('x', { n: 1 });
  await writeFile(join(root, 'd', '.0123.tmp'), '{"n"');
  expect(await documents.recover()).toEqual([expect.stringContaining('.0123.tmp')]);
  expect(await readdir(join(root, 'd'))).toEqual(['x.json']);
});

test('a root has one holder at a time', async () => {
  {
    await using _lock = await lockRoot(root);
    await expect(lockRoot(root)).rejects.toMatchObject({
      code: 'root-in-use',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
  }
  await using again = await lockRoot(root);
  expect(again.root).toBe(root);
});

test('a root that cannot be made is an error that names it', async () => {
  await expect(lockRoot('/proc/lapstrake/root')).rejects.toMatchObject({
    code: 'root-impossible',
    subject: '/proc/lapstrake/root',
  });
});
