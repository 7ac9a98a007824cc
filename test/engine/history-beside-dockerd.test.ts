// What `docker history` and RootFS.Layers say of an image is what a real dockerd says of the same Dockerfile's.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { asNewer } from '../harness/created-by.ts';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { saveImage } from '../harness/saved-image.ts';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

let registry: BaseImages;
let daemon: RealDaemon;
let dockerd: RealDockerd;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  [daemon, dockerd] = await Promise.all([
    startRealDaemon(['--registry-mirror', registry.registryUrl]),
    startRealDockerd(registry.registryUrl),
  ]);
  for (const engine of [daemon, dockerd]) await ok(engine, 'pull', '-q', 'busybox');
});

afterAll(async () => {
  const left = await daemon?.stop();
  await dockerd?.[Symbol.asyncDispose]();
  await registry?.stop();
  expect(left).toEqual([]);
});

const ok = async (engine: Pick<RealDaemon, 'docker'>, ...args: readonly string[]): Promise<string> =>
  okay(await engine.docker(...args));

/** Every instruction of a stage, and whether it makes a layer. */
const LINES: readonly (readonly [string, 'layer' | 'metadata'])[] = [
  ['LABEL a=b', 'metadata'],
  ['ENV PLACE=/work', 'metadata'],
  ['WORKDIR /work', 'layer'],
  ['COPY file .', 'layer'],
  ['RUN echo run > made', 'layer'],
  ['ARG version=1', 'metadata'],
  ['SHELL ["/bin/sh", "-ec"]', 'metadata'],
  ['RUN true', 'layer'],
  ['EXPOSE 80', 'metadata'],
  ['VOLUME /data', 'metadata'],
  ['USER nobody', 'metadata'],
  ['ADD file /added', 'layer'],
  ['HEALTHCHECK CMD true', 'metadata'],
  ['STOPSIGNAL 9', 'metadata'],
  ['ENTRYPOINT ["cat"]', 'metadata'],
  ['CMD ["made"]', 'metadata'],
];

test('instruction by instruction, RootFS.Layers and history are those of BuildKit', async () => {
  const context = await mkdtemp(join(tmpdir(), 'lapstrake-history-'));
  await writeFile(join(context, 'file'), 'content');
  await writeFile(join(context, 'Dockerfile'), ['FROM busybox', ...LINES.map(([line]) => line)].join('\n'));
  const images = await Promise.all(
    [
      { ...daemon, build: daemon.lapstrake },
      { ...dockerd, build: dockerd.buildkit },
    ].map(async (engine) => {
      const { code, stdout, stderr } = await engine.build('build', '-q', '-t', 'steps:1', context);
      expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
      const layers = JSON.parse(await ok(engine, 'inspect', '-f', '{{json .RootFS.Layers}}', 'steps:1')) as string[];
      const base = JSON.parse(await ok(engine, 'inspect', '-f', '{{json .RootFS.Layers}}', 'busybox')) as string[];
      const rows = await ok(engine, 'history', '--no-trunc', '--format', '{{json .}}', 'steps:1');
      const history = rows.split('\n').map((row) => {
        const { CreatedBy, Size } = JSON.parse(row) as Record<'CreatedBy' | 'Size', string>;
        return { by: asNewer(CreatedBy), size: Size };
      });
      const { config } = await saveImage(engine.socket, 'steps:1');
      const steps = config.history.slice(-LINES.length).map((entry) => (entry.empty_layer ? 'metadata' : 'layer'));
      return { base: layers.slice(0, base.length), own: layers.length - base.length, history, steps };
    }),
  );
  expect(images[0]).toEqual(images[1]);
  expect(images[0]!.steps).toEqual(LINES.map(([, effect]) => effect));
  expect(images[0]!.own).toBe(LINES.filter(([, effect]) => effect === 'layer').length);
  expect(images[0]!.base).toEqual(JSON.parse(await ok(dockerd, 'inspect', '-f', '{{json .RootFS.Layers}}', 'busybox')));
  await rm(context, { recursive: true });
});
