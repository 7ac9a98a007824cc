import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageLayout } from '../../scripts/fixtures/cache.mjs';
import { writeArchive, writeLayout } from '../../scripts/fixtures/layout.mjs';
import { startStaticRegistry } from '../../scripts/fixtures/static-registry.mjs';
import { randomOf } from './random.ts';

/** What the daemon works with while it is killed: images to pull, an archive to load, a context to build. */
export interface FaultGround extends AsyncDisposable {
  readonly registryUrl: string;
  /** References that the registry has. */
  readonly images: readonly string[];
  readonly archive: string;
  /** The reference that the archive brings. */
  readonly archived: string;
  readonly context: string;
}

const BASE_LAYERS = 3;

/** Makes images of several layers, the first of which they share, and serves them with busybox. */
export async function prepareFaultGround(): Promise<FaultGround> {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-faults-'));
  const layouts: string[] = [];
  const images = ['alpha', 'beta', 'gamma'].map((name) => `${name}:latest`);
  for (const [n, reference] of images.entries()) {
    const layout = join(folder, `layout${n}`);
    await mkdir(layout);
    const layers = [0, 1, 2, 3].map((layer) => layerOf(layer < BASE_LAYERS ? layer : 10 * (n + 1) + layer));
    await writeLayout(layout, { reference, config: { Cmd: ['sh'] }, layers, metadata: [] });
    layouts.push(layout);
  }
  const archive = join(folder, 'gamma.tar');
  await writeArchive(layouts[2]!, archive);
  const context = join(folder, 'context');
  await mkdir(join(context, 'files'), { recursive: true });
  for (let n = 0; n < 150; n++) await writeFile(join(context, 'files', `f${n}`), contentOf(n, 3000));
  await writeFile(join(context, 'large'), contentOf(1, 4 << 20));
  await writeFile(
    join(context, 'Dockerfile'),
    'FROM busybox\nARG ROUND\nCOPY files /files\nRUN echo $ROUND > /round && rm -r /files/f1 && cp /files/f2 /f2\nCOPY large /large\nWORKDIR /work\n',
  );
  const registry = await startStaticRegistry([...layouts.slice(0, 2), await imageLayout('busybox')]);
  return {
    registryUrl: registry.url,
    images: images.slice(0, 2),
    archive,
    archived: images[2]!,
    context,
    async [Symbol.asyncDispose]() {
      await registry.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Some hundred small files and a few large ones; two megabytes. */
function layerOf(number: number) {
  const entries = [{ path: `d${number}`, type: 'dir' as const }];
  const files = Array.from({ length: 200 }, (_, n) => ({
    path: `d${number}/f${n}`,
    type: 'file' as const,
    content: contentOf(number * 1000 + n, n % 50 === 0 ? 400_000 : 2000),
  }));
  return { createdBy: `COPY d${number} /`, entries: [...entries, ...files] };
}

/** Bytes that gzip can make little of, the same at every run. */
function contentOf(seed: number, size: number): Buffer {
  const random = randomOf(seed + 1);
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(random.below(2 ** 32), at);
  return bytes;
}
