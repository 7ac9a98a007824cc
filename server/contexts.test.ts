import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Contexts } from './contexts.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-contexts-'));
  await mkdir(join(root, 'node_modules'));
  await writeFile(join(root, '.dockerignore'), 'node_modules\n');
  await writeFile(join(root, 'a'), 'a');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const uri = (path: string): string => pathToFileURL(join(root, path)).href;

it('walks a context once until a file that is part of it changes', async () => {
  const contexts = new Contexts();
  const place = { root, dockerfile: join(root, 'Dockerfile') };
  const first = await contexts.read(place);
  expect(contexts.touch([uri('node_modules/x.js'), 'untitled:Untitled-1', pathToFileURL('/elsewhere').href])).toBe(
    false,
  );
  expect(await contexts.read(place)).toBe(first);
  await writeFile(join(root, 'b'), 'bb');
  expect(contexts.touch([uri('b')])).toBe(true);
  expect((await contexts.read(place)).bytes).toBe(first.bytes + 2);
});

it('takes note of the ignore file, whatever it says', async () => {
  const contexts = new Contexts();
  await writeFile(join(root, '.dockerignore'), '**\n');
  await contexts.read({ root, dockerfile: join(root, 'Dockerfile') });
  expect(contexts.touch([uri('a')])).toBe(false);
  expect(contexts.touch([uri('.dockerignore')])).toBe(true);
});

it('has for an ignore file the context of the Dockerfile that it is named after, else its folder', () => {
  const contexts = new Contexts();
  contexts.configure([root], { 'docker/Dockerfile*': '.' });
  expect(contexts.rootOfIgnore(uri('docker/Dockerfile.api.dockerignore'))).toBe(root);
  expect(contexts.rootOfIgnore(uri('docker/.dockerignore'))).toBe(join(root, 'docker'));
  expect(contexts.rootOfIgnore(uri('other/Dockerfile.dockerignore'))).toBe(join(root, 'other'));
  expect(contexts.rootOfIgnore('untitled:x')).toBeUndefined();
});
