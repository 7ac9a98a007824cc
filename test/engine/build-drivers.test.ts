import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { engineState, layerEntries } from './engine-state.ts';
import { startRealDaemon } from './real-daemon.ts';

// One Dockerfile, every way to isolate and to stack: the image must be the same.

const DOCKERFILE = [
  'FROM busybox',
  'RUN mkdir -p /made/deep && echo one > /made/deep/file && chmod 700 /made && chown 5:6 /made/deep/file',
  'RUN rm /made/deep/file && echo two > /made/other && ln -s other /made/link && ln /made/other /made/hard',
  'RUN rm -rf /made && mkdir /made && echo three > /made/new',
  'COPY f /made/',
  'RUN ["/bin/busybox", "sh", "-c", "id -u > /ids; umask >> /ids; pwd >> /ids"]',
  'USER 1000:1001',
  'WORKDIR /tmp',
  'RUN echo mine > mine',
].join('\n');

/** What hides a directory of the layer below that was made anew: overlay knows that it was, comparing trees does not. */
const HIDDEN = {
  overlay: ['made/.wh..wh..opq'],
  vfs: ['made/.wh.deep', 'made/.wh.hard', 'made/.wh.link', 'made/.wh.other'],
};

const expected = (storage: 'overlay' | 'vfs') => [
  ['made/ 0700 0:0 0', 'made/deep/ 0755 0:0 0', 'made/deep/file 0644 5:6 4'],
  [
    'made/ 0700 0:0 0',
    'made/deep/ 0755 0:0 0',
    'made/deep/.wh.file 0000 0:0 0',
    'made/hard 0644 0:0 4',
    'made/link 0777 0:0 0',
    'made/other 0644 0:0 0',
  ],
  ['made/ 0755 0:0 0', ...HIDDEN[storage].map((name) => `${name} 0000 0:0 0`), 'made/new 0644 0:0 6'].sort(),
  ['made/ 0755 0:0 0', 'made/f 0644 0:0 1'],
  ['ids 0644 0:0 9'],
  [],
  ['tmp/ 1777 0:0 0', 'tmp/mine 0644 1000:1001 5'],
];

let registry: BaseImages;
let context: ContextFolder;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  context = await contextFolder({ Dockerfile: DOCKERFILE, f: 'f' });
});
afterAll(async () => {
  await context?.[Symbol.asyncDispose]();
  await registry?.stop();
});

describe.each([
  ['oci', 'overlay'],
  ['oci', 'vfs'],
  ['namespaces', 'overlay'],
  ['namespaces', 'vfs'],
  ['chroot', 'overlay'],
] as const)('with the sandbox %s and the storage %s', (sandbox, storage) => {
  test('a build gives the same layers, and leaves nothing but them', async () => {
    const options = ['--registry-mirror', registry.registryUrl, '--sandbox', sandbox, '--storage', storage];
    const daemon = await startRealDaemon(options);
    try {
      await daemon.docker('run', '--rm', 'busybox', 'true');
      const before = await engineState(daemon);
      const { code, stderr } = await daemon.docker('build', '-t', 'same', context.path);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      const layers: string[][] = [];
      for (const layer of expected(storage).keys()) layers.push(await layerEntries(daemon, 'same', layer + 1));
      expect(layers.map((layer) => layer.sort())).toEqual(expected(storage));
      expect({ ...(await engineState(daemon)), images: before.images }).toEqual(before);
    } finally {
      expect(await daemon.stop()).toEqual([]);
    }
  });
});
