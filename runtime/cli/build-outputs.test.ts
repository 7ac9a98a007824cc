import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import { keepsImage, readOutputs } from './build-outputs.ts';
import type { Surface } from './command.ts';
import { build } from './commands/build.ts';

const surface = { stdout: new PassThrough(), folder: '/work' } as unknown as Surface;
const read = (...args: string[]) => readOutputs(readArguments([...args, '.'], build.options), surface);

it.each([
  [['-o', 'out'], { kind: 'folder', folder: '/work/out' }],
  [['-o', '-'], { kind: 'tar', file: undefined }],
  [['--output', 'type=tar,dest=/tmp/x.tar'], { kind: 'tar', file: '/tmp/x.tar' }],
  [['--output', 'type=oci,dest=-'], { kind: 'image-archive', file: undefined }],
  [['--output', 'type=docker,dest=/tmp/x.tar'], { kind: 'image-archive', file: '/tmp/x.tar' }],
  [['--output', 'type=oci,dest=a,tar=false'], { kind: 'image-folder', folder: '/work/a' }],
  [['--output', 'type=docker'], { kind: 'engine' }],
  [['--load'], { kind: 'engine' }],
  [['--output', 'type=cacheonly'], { kind: 'cache' }],
  [[], { kind: 'engine' }],
])('%j', async (options, output) => {
  expect((await read(...options)).outputs).toEqual([output]);
});

it('names and pushes come with an image, its names in quotes where they are several', async () => {
  const wanted = await read('--output', 'type=image,"name=a:1,b",push=true', '--output', 'out');
  expect(wanted).toMatchObject({ names: ['a:1', 'b'], push: true });
  expect(keepsImage(wanted)).toBe(true);
  expect(keepsImage(await read('-o', 'out'))).toBe(false);
  expect(await read('--output', 'type=registry', '-t', 'x')).toMatchObject({ names: [], push: true });
});

it.each([
  [['-o', 'type=local'], 'local needs dest=FOLDER'],
  [['-o', 'type=nope,dest=x'], 'write FOLDER, -, or type=local'],
  [['-o', 'type=tar,dest=/nowhere/x.tar'], 'there is no folder /nowhere'],
  [['-o', 'type=tar,dest=/'], '/ is a folder, not a file'],
  [['-o', 'type=oci,dest=x,compression=zstd'], 'compression is not one of type, dest, name, push, tar'],
  [['-o', 'type=registry'], '--push needs --tag'],
  [['-o', 'type=image,push=maybe'], 'push is true or false'],
  [['-o', '-', '-o', 'type=tar'], 'only one --output can go to the standard output'],
])('%j is refused', async (options, message) => {
  await expect(read(...options)).rejects.toThrow(message);
});

it('nothing is written to a terminal', async () => {
  const terminal = { ...surface, stdout: Object.assign(new PassThrough(), { isTTY: true }) } as unknown as Surface;
  await expect(readOutputs(readArguments(['-o', '-', '.'], build.options), terminal)).rejects.toThrow(
    'cowardly refusing to write to a terminal',
  );
});
