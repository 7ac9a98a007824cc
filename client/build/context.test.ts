import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packContext } from './context.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-context-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function names(dockerfile = 'Dockerfile'): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const tar = extract();
  packContext(root, dockerfile, AbortSignal.timeout(10_000)).pipe(tar as unknown as NodeJS.WritableStream);
  for await (const entry of tar) {
    let bytes = 0;
    for await (const chunk of entry) bytes += (chunk as Buffer).length;
    found[entry.header.name] = bytes;
  }
  return found;
}

it('sends what .dockerignore leaves, and always the Dockerfile and .dockerignore', async () => {
  await mkdir(join(root, 'node_modules/a'), { recursive: true });
  await mkdir(join(root, 'src'));
  await writeFile(join(root, 'node_modules/a/x.js'), 'x');
  await writeFile(join(root, 'src/big.bin'), Buffer.alloc(3_000_000, 1));
  await writeFile(join(root, 'src/empty'), '');
  await writeFile(join(root, 'Dockerfile'), 'FROM x');
  await symlink('src/empty', join(root, 'link'));
  await writeFile(join(root, '.dockerignore'), '# none of it\nnode_modules\nDockerfile\n.dockerignore\n');
  expect(await names()).toEqual({
    '.dockerignore': 51,
    Dockerfile: 6,
    link: 0,
    'src/': 0,
    'src/big.bin': 3_000_000,
    'src/empty': 0,
  });
});

it('finds what a later pattern takes back in an ignored folder', async () => {
  await mkdir(join(root, 'docs'));
  await writeFile(join(root, 'docs/a.md'), 'a');
  await writeFile(join(root, 'docs/keep.md'), 'keep');
  await writeFile(join(root, 'Dockerfile'), '');
  await writeFile(join(root, '.dockerignore'), 'docs\n!docs/keep.md\n');
  expect(Object.keys(await names())).toContain('docs/keep.md');
  expect(Object.keys(await names())).not.toContain('docs/a.md');
});

it('ends with the error where the folder cannot be read', async () => {
  const stream = packContext(join(root, 'missing'), 'Dockerfile', AbortSignal.timeout(10_000));
  await expect(stream.toArray()).rejects.toThrow('ENOENT');
});
