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
  [
    ['-o', 'type=oci,dest=x,compression=zstd'],
    'compression: layers are not compressed in an archive: it is uncompressed',
  ],
  [['-o', 'type=registry,compression=zstd', '-t', 'x'], 'layers are compressed by gzip on their way out: it is gzip'],
  [['-o', 'type=image,colour=red'], 'colour is not one of type, dest, name, push, tar, annotation.KEY'],
  [['-o', 'type=image,push-by-digest=true'], 'push-by-digest: it is false: a name is pushed with its tag'],
  [['-o', 'type=oci,dest=x,annotation.a=b'], 'annotations are written where an image is pushed, not into archives'],
  [['-o', 'type=image,annotation.a=b'], 'annotations are written where an image is pushed: add --push'],
  [['--push', '-t', 'x', '--annotation', 'index:a=b'], 'annotations are written to manifests only, not to index'],
  [['-o', 'type=oci,dest=x,oci-mediatypes=false'], 'an archive is an OCI image layout: it is true'],
  [['-o', 'type=registry'], '--push needs --tag'],
  [['-o', 'type=image,push=maybe'], 'push is true or false'],
  [['-o', '-', '-o', 'type=tar'], 'only one --output can go to the standard output'],
])('%j is refused', async (options, message) => {
  await expect(read(...options)).rejects.toThrow(message);
});

it('attributes that ask for what is so anyway are taken, and annotations come with the push', async () => {
  const { manifest, outputs } = await read(
    ...['-o', 'type=registry,annotation.A.b=c,annotation-manifest.d="e",unpack=true,compression=gzip', '-t', 'x'],
    ...['-o', 'type=oci,dest=a,tar=false,compression=uncompressed,rewrite-timestamp=true,oci-mediatypes=true'],
    ...['--annotation', 'manifest:org.example/f=g:h=i', '--annotation', 'f=g'],
  );
  expect(outputs.map(({ kind }) => kind)).toEqual(['engine', 'image-folder', 'engine']);
  expect(manifest).toEqual({
    annotations: { 'A.b': 'c', d: '"e"', 'org.example/f': 'g:h=i', f: 'g' },
    oci: true,
  });
});

it('nothing is written to a terminal', async () => {
  const terminal = { ...surface, stdout: Object.assign(new PassThrough(), { isTTY: true }) } as unknown as Surface;
  await expect(readOutputs(readArguments(['-o', '-', '.'], build.options), terminal)).rejects.toThrow(
    'cowardly refusing to write to a terminal',
  );
});
