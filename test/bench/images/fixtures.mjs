// The images that are moved around, as layouts to push and archives to load, in a folder that goes with them.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ARCHITECTURE } from '../../../scripts/fixtures/host.mjs';
import { writeArchive, writeLayout } from '../../../scripts/fixtures/layout.mjs';
import { RECIPES } from '../../../scripts/fixtures/recipes.mjs';
import { tar } from '../../../scripts/fixtures/tar.mjs';
import { eightLayers, largeLayers, sixtyLayers } from './content.mjs';

const CREATED = '2026-01-01T00:00:00Z';
const CONFIG = { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] };
/** Own layers that the many images have over the one that they all begin with. */
const OWN_LAYERS = 50;

/**
 * Makes images in a folder of their own, which `dispose` removes. Each function gives the path of a layout, whose image is
 * named as the layout is; `archive` that of an archive as `docker save` writes it, of a layout or of many images.
 */
export async function imageFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-images-'));
  const layout = async (name, layers) => {
    const place = path.join(folder, name);
    await mkdir(place);
    await writeLayout(place, { reference: `${name}:latest`, config: CONFIG, layers, metadata: ['CMD ["sh"]'] });
    return place;
  };
  const shell = async () => (await RECIPES.busybox.make()).layers;
  return {
    folder,
    eight: (number) => layout(`eight-${number}`, eightLayers(number)),
    sixty: async () => layout('sixty', sixtyLayers(await shell())),
    large: (mebibytes) => layout(`large-${mebibytes}`, largeLayers(mebibytes * 1024 * 1024)),
    many: async (count) => manyImages(await shell(), path.join(folder, 'many.tar'), count),
    archive: async (place) => {
      await writeArchive(place, `${place}.tar`);
      return `${place}.tar`;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** One archive of many small images. */
async function manyImages(base, file, count) {
  const layers = [await layerTar(base[0].entries)];
  for (let i = 0; i < OWN_LAYERS; i++) {
    layers.push(await layerTar([{ path: `own-${i}`, type: 'file', content: `${i}\n` }]));
  }
  const entries = layers.map(({ name, bytes }) => ({ path: name, type: 'file', content: bytes }));
  const manifest = [];
  for (let i = 0; i < count; i++) {
    const stack = [layers[0], layers[1 + (i % OWN_LAYERS)]];
    const config = Buffer.from(JSON.stringify(configOf(i, stack)));
    const name = `${sha256(config)}.json`;
    entries.push({ path: name, type: 'file', content: config });
    manifest.push({ Config: name, RepoTags: [`many-${i}:latest`], Layers: stack.map((each) => each.name) });
  }
  entries.push({ path: 'manifest.json', type: 'file', content: JSON.stringify(manifest) });
  await pipeline(tar(entries), createWriteStream(file));
  return file;
}

function configOf(number, layers) {
  return {
    architecture: ARCHITECTURE,
    os: 'linux',
    created: CREATED,
    config: { ...CONFIG, Labels: { number: String(number) } },
    rootfs: { type: 'layers', diff_ids: layers.map(({ hex }) => `sha256:${hex}`) },
    history: layers.map((_, i) => ({ created: CREATED, created_by: `COPY ${i} /` })),
  };
}

async function layerTar(entries) {
  const parts = [];
  for await (const part of tar(entries)) parts.push(part);
  const bytes = Buffer.concat(parts);
  const hex = sha256(bytes);
  return { bytes, hex, name: `${hex}.tar` };
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
