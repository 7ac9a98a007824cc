// Each Dockerfile of test/build-corpus is built by us and, in the same run, by a real dockerd's BuildKit: the images are the same.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type CorpusCase, readCorpus } from '../build-corpus/read-cases.ts';
import { CONTEXT_TIME, writeContext } from '../build-corpus/write-context.ts';
import { asNewer } from '../harness/created-by.ts';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { type ImageFile, mergedFiles, type SavedImage, saveImage } from '../harness/saved-image.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

const corpus = await readCorpus();
let registry: Awaited<ReturnType<typeof prepareBaseImages>>;
let daemon: RealDaemon;
let dockerd: RealDockerd;
beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  dockerd = await startRealDockerd(registry.registryUrl);
});
afterAll(async () => {
  await dockerd?.[Symbol.asyncDispose]();
  expect(await daemon?.stop()).toEqual([]);
  await registry?.stop();
});

describe.each([...new Set(corpus.map(({ topic }) => topic))])('%s', (topic) => {
  const cases = corpus.filter((each) => each.topic === topic).map((each, at) => ({ ...each, tag: `${topic}:${at}` }));
  test.concurrent.for(cases)('$title', async (each, { expect }) => {
    await using context = await writeContext(each);
    const args = ['build', '-t', each.tag, ...inContext(each, context.path), context.path];
    const ours = daemon.lapstrake(...args);
    if (each.expected !== undefined) {
      expect(await ours).toMatchObject({ code: 0 });
      expect(listed(await saveImage(daemon.socket, each.tag))).toEqual(each.expected);
      return;
    }
    const [built, reference] = await Promise.all([ours, dockerd.buildkit(...args)]);
    expect(reference, 'the reference builds').toMatchObject({ code: 0 });
    expect(built, `it builds: ${built.stdout}${built.stderr}`).toMatchObject({ code: 0 });
    const images = await Promise.all([daemon, dockerd].map(({ socket }) => saveImage(socket, each.tag)));
    const [mine, old] = images as [SavedImage, SavedImage];
    const theirs = without(old, each.stubs);
    expect(described(mine, theirs)).toEqual(described(theirs, theirs));
    expect(layersOf(mine)).toEqual(layersOf(theirs));
    expect(configOf(mine)).toEqual(configOf(theirs));
    expect(historyOf(mine)).toEqual(historyOf(theirs));
  });
});

/** Files that options name are in the context. */
function inContext({ args }: CorpusCase, folder: string): string[] {
  return args.map((arg, at) =>
    args[at - 1] === '-f' ? join(folder, arg) : arg.replace(/(^|,)(src=)/, `$1$2${folder}/`),
  );
}

/** The files of an image in lines; times where the reference kept those of the context. */
function described(image: SavedImage, reference: SavedImage): string[] {
  const theirs = mergedFiles(reference);
  const line = ([path, file]: [string, ImageFile]): string => {
    const isKept = theirs.get(path)?.mtime === CONTEXT_TIME;
    return `${path} ${file.type} ${file.mode} ${file.owner} ${file.size} ${file.content}${isKept ? ` ${file.mtime}` : ''}`;
  };
  return [...mergedFiles(image)].map(line).sort();
}

/** What each layer has. BuildKit's RUN leaves /etc behind as changed, since it had mounted files there. */
function layersOf({ layers }: SavedImage): string[][] {
  return layers.map((layer) => {
    const paths = [...layer.keys()].filter((path) => path !== '').sort();
    return paths.some((path) => path.startsWith('etc/')) ? paths : paths.filter((path) => path !== 'etc');
  });
}

function without(image: SavedImage, stubs: readonly string[]): SavedImage {
  const layers = image.layers.map((layer) => new Map([...layer].filter(([path]) => !stubs.includes(path))));
  return { ...image, layers };
}

function configOf({ config: { config, os, architecture, author } }: SavedImage): object {
  const told = Object.entries(config).filter(([, value]) => value !== null && value !== '' && value !== false);
  return {
    ...Object.fromEntries(told.filter(([name]) => name !== 'Image')),
    os,
    architecture,
    author: author || undefined,
  };
}

function historyOf({ config: { history } }: SavedImage): object[] {
  return history.map(({ created_by = '', empty_layer = false }) => ({ created_by: asNewer(created_by), empty_layer }));
}

function listed(image: SavedImage): string[] {
  const above = mergedFiles({ ...image, layers: image.layers.slice(1) });
  return [...above].map(([path, { type, mode, owner, size }]) => `${path} ${type} ${mode} ${owner} ${size}`).sort();
}
