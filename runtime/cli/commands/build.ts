import { writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { ManifestWishes } from '../../registry/manifest-wishes.ts';
import { type Arguments, readArguments } from '../arguments.ts';
import {
  ACCEPTED_OPTION_HELP,
  ACCEPTED_OPTIONS,
  checkAccepted,
  isCheck,
  OTHER_BUILD_OPTIONS,
} from '../build-docker-options.ts';
import { buildImage } from '../build-image.ts';
import { writeMetadata } from '../build-metadata.ts';
import { keepsImage, readOutputs } from '../build-outputs.ts';
import { BUILD_OPTION_HELP, BUILD_OPTIONS } from '../build-query.ts';
import { type Command, print, type Surface } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { type Built, forgetImages, writeOutputs } from '../write-outputs.ts';
import { push, pushImage } from './push.ts';

/** `lapstrake build`. */
export const build: Command = {
  name: 'build',
  usage: '[OPTIONS] PATH | URL | -',
  summary: 'Build an image from a Dockerfile',
  options: {
    ...BUILD_OPTIONS,
    ...ACCEPTED_OPTIONS,
    load: { type: 'boolean' },
    push: { type: 'boolean' },
    output: { type: 'string', short: 'o', multiple: true },
    annotation: { type: 'string', multiple: true },
    'metadata-file': { type: 'string' },
    file: { type: 'string', short: 'f' },
    secret: { type: 'string', multiple: true },
    ssh: { type: 'string', multiple: true },
    'build-context': { type: 'string', multiple: true },
    'cache-from': { type: 'string', multiple: true },
    'cache-to': { type: 'string', multiple: true },
    progress: { type: 'string' },
    iidfile: { type: 'string' },
    'shell-on-failure': { type: 'boolean' },
    quiet: { type: 'boolean', short: 'q' },
    check: { type: 'boolean' },
    call: { type: 'string' },
    debug: { type: 'boolean', short: 'D' },
  },
  optionHelp: {
    ...BUILD_OPTION_HELP,
    ...ACCEPTED_OPTION_HELP,
    load: 'as it is without --output: the image is in the engine, under its names',
    output:
      'where the result goes: FOLDER gets the files; type=local|tar|docker|oci|image|registry|cacheonly[,dest=PATH][,name=NAME][,push=true][,annotation.KEY=VALUE]; may be repeated',
    annotation: 'KEY=VALUE for the manifest of what is pushed, may be repeated',
    'metadata-file': 'write the digests and names of the image to this file, as JSON',
    push: 'push every --tag to its registry once the image is built',
    file: 'the Dockerfile (default: PATH/Dockerfile), - for the standard input',
    secret: 'id=NAME[,src=FILE|env=VARIABLE] for RUN --mount=type=secret, may be repeated',
    ssh: 'default, NAME, NAME=SOCKET of an agent or NAME=KEY[,KEY] for RUN --mount=type=ssh, may be repeated',
    'build-context':
      'NAME=FOLDER, NAME=docker-image://IMAGE, NAME=oci-layout://FOLDER[:TAG] or NAME=URL that stands for NAME in FROM and --from, may be repeated',
    'cache-from':
      'what --cache-to wrote: type=local,src=FOLDER, type=registry,ref=NAME or NAME of an image; may be repeated',
    'cache-to':
      'gets what this build has cached: type=local,dest=FOLDER, type=registry,ref=NAME[,mode=max], type=inline; may be repeated',
    progress: 'auto, plain or tty: how the steps are shown (default: auto)',
    'shell-on-failure': 'where a RUN fails, open a shell in what there was before it',
    iidfile: 'write the image’s ID to this file',
    quiet: 'print the image’s ID only',
    check: 'build nothing, and tell what BuildKit’s checks find in the Dockerfile; exit code 1 where they do',
    call: 'build or check: the same as --check',
    debug: 'tell all about what BuildKit’s checks find: why, where that is explained, and in which lines',
  },
  otherOptions: OTHER_BUILD_OPTIONS,
  positionals: [1, 1],
  async run(args, surface) {
    const [context = '.'] = args.positionals;
    checkAccepted(args);
    if (isCheck(args)) {
      const { warnings } = await buildImage(context, { args, names: [], result: 'check' }, surface);
      return warnings > 0 ? 1 : 0;
    }
    const wanted = await readOutputs(args, surface);
    const names = keepsImage(wanted) ? [...args.texts('tag'), ...wanted.names] : [];
    const isOnlyCached = wanted.outputs.every(({ kind }) => kind === 'cache');
    const toStdout = wanted.outputs.some((output) => 'file' in output && output.file === undefined);
    const shown = toStdout ? { ...surface, stdout: surface.stderr } : surface;
    const built = await buildImage(context, { args, names, result: isOnlyCached ? 'cache' : 'image' }, shown);
    if (built.id === '') return 0;
    const iidFile = args.text('iidfile');
    if (iidFile !== undefined) await writeFile(iidFile, built.id);
    const engine = await surface.engine();
    const isInEngine = wanted.outputs.some(({ kind }) => kind === 'engine') || names.length > 0;
    try {
      if (wanted.outputs.some(({ kind }) => kind === 'folder' || kind === 'tar')) checkPlatforms(args, built);
      if (wanted.push) await pushAll(names, wanted.manifest, args, shown);
      await writeOutputs(built, wanted.outputs, surface);
      const metadataFile = args.text('metadata-file');
      if (metadataFile !== undefined) await writeMetadata(metadataFile, built, engine);
    } finally {
      // Nobody would find what was made for files that were not written.
      if (!isInEngine) await forgetImages(built, engine);
    }
    if (args.has('quiet')) print(shown.stdout, built.id);
    return 0;
  },
};

/** Only an engine that reads the context itself tells of the image of each platform. Error: UsageError. */
function checkPlatforms(args: Arguments, { images }: Built): void {
  if (images.length >= new Set(args.text('platform')?.split(',')).size) return;
  throw new UsageError(
    'the files of several platforms are written where the engine reads the context itself: name a folder or an address',
    'output',
  );
}

/** Pushes names, one after the other, as `lapstrake push` does. */
async function pushAll(
  names: readonly string[],
  manifest: ManifestWishes,
  args: Arguments,
  surface: Surface,
): Promise<void> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const shown = args.has('quiet') ? { ...surface, stdout: silent } : surface;
  for (const name of names) await pushImage(name, { args: readArguments([name], push.options), manifest }, shown);
}
