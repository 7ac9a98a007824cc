import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { hasErrno } from '../os/errno.ts';
import { type ManifestWishes, PLAIN_MANIFEST } from '../registry/manifest-wishes.ts';
import type { Arguments } from './arguments.ts';
import type { Surface } from './command.ts';
import { manifestWishes } from './output-attributes.ts';
import { UsageError } from './usage-error.ts';

/** Where a file that a build writes goes: absolute, or undefined for the standard output. */
type File = string | undefined;

/** What comes of a build beside what the cache keeps. */
export type BuildOutput =
  /** The image, in the engine. */
  | { readonly kind: 'engine' }
  /** Nothing. */
  | { readonly kind: 'cache' }
  /** The image's files, in a folder or as a tar archive. */
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'tar'; readonly file: File }
  /** The image, as an archive or, unpacked, as a folder: an OCI image layout that `docker load` reads, too. */
  | { readonly kind: 'image-archive'; readonly file: File }
  | { readonly kind: 'image-folder'; readonly folder: string };

/** What `--output`, `--load` and `--push` ask for. */
export interface BuildOutputs {
  readonly outputs: readonly BuildOutput[];
  /** Further names of the image. */
  readonly names: readonly string[];
  readonly push: boolean;
  readonly manifest: ManifestWishes;
}

const FORMS =
  'write FOLDER, -, or type=local,dest=FOLDER, type=tar, type=docker or type=oci,dest=FILE, type=image[,name=NAME][,push=true], type=registry or type=cacheonly';

/** Reads `--output` as docker buildx does, with `--load` and `--push`. Error: UsageError. */
export async function readOutputs(args: Arguments, surface: Surface): Promise<BuildOutputs> {
  const read = args.texts('output').map((text) => readOutput(text, surface));
  if (args.has('load') || read.length === 0)
    read.push({ outputs: [{ kind: 'engine' }], names: [], push: false, manifest: PLAIN_MANIFEST });
  const outputs = read.flatMap((each) => each.outputs);
  const toStdout = outputs.filter((output) => 'file' in output && output.file === undefined);
  if (toStdout.length > 1) throw new UsageError('only one --output can go to the standard output');
  if (toStdout.length > 0 && surface.stdout.isTTY === true)
    throw new UsageError('cowardly refusing to write to a terminal: name a file with dest=FILE, or use a pipe');
  for (const output of outputs) if ('file' in output) await checkFile(output.file);
  const push = args.has('push') || read.some((each) => each.push);
  const names = [...new Set(read.flatMap((each) => each.names))];
  if (push && args.texts('tag').length + names.length === 0)
    throw new UsageError('--push needs --tag, which says what is pushed where');
  const manifest = joined([annotationsOf(args), ...read.map((each) => each.manifest)]);
  if (!push && Object.keys(manifest.annotations).length > 0)
    throw new UsageError('annotations are written where an image is pushed: add --push', 'annotation');
  return { outputs: push ? [...outputs, { kind: 'engine' }] : outputs, names, push, manifest };
}

/** `--annotation KEY=VALUE`, or `manifest:KEY=VALUE`. */
function annotationsOf(args: Arguments): ManifestWishes {
  const annotations = args.texts('annotation').map((text) => {
    const [, level = '', key, value] = /^(?:([a-z,[\]/0-9-]*):)?([^=:]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined)
      throw new UsageError(`--annotation ${text}: write KEY=VALUE`, 'annotation');
    if (!['', 'manifest'].includes(level))
      throw new UsageError(
        `--annotation ${text}: annotations are written to manifests only, not to ${level}`,
        'annotation',
      );
    return [key, value] as const;
  });
  return { annotations: Object.fromEntries(annotations), oci: annotations.length > 0 };
}

function joined(wishes: readonly ManifestWishes[]): ManifestWishes {
  const annotations = Object.assign({}, ...wishes.map((each) => each.annotations));
  return { annotations, oci: wishes.some(({ oci }) => oci) };
}

/** Whether the image keeps its names in the engine: where only its files are wanted, it is gone when those are there. */
export function keepsImage({ outputs }: BuildOutputs): boolean {
  return outputs.some(({ kind }) => kind === 'engine' || kind === 'image-archive' || kind === 'image-folder');
}

function readOutput(text: string, { folder }: Surface): BuildOutputs {
  if (text === '') throw new UsageError(`--output: ${FORMS}`, text);
  const one = (output: BuildOutput): BuildOutputs => ({
    outputs: [output],
    names: [],
    push: false,
    manifest: PLAIN_MANIFEST,
  });
  if (!text.includes('=')) {
    return one(text === '-' ? { kind: 'tar', file: undefined } : { kind: 'folder', folder: resolve(folder, text) });
  }
  const fields = fieldsOf(text);
  const manifest = manifestWishes(fields, text);
  const [type, dest] = [fields.get('type'), fields.get('dest') ?? ''];
  const names = (fields.get('name') ?? '').split(',').filter((name) => name !== '');
  const push = isTrue(fields.get('push'), text) || type === 'registry';
  const file = dest === '-' || dest === '' ? undefined : resolve(folder, dest);
  if (file === undefined && (type === 'local' || fields.get('tar') === 'false'))
    throw new UsageError(`--output ${text}: ${type} needs dest=FOLDER`, text);
  switch (type) {
    case 'local':
      return one({ kind: 'folder', folder: file! });
    case 'tar':
      return one({ kind: 'tar', file });
    case 'oci':
    case 'docker':
      if (type === 'docker' && dest === '') return { outputs: [{ kind: 'engine' }], names, push, manifest };
      return {
        outputs: [
          fields.get('tar') === 'false' ? { kind: 'image-folder', folder: file! } : { kind: 'image-archive', file },
        ],
        names,
        push,
        manifest,
      };
    case 'image':
    case 'registry':
      return { outputs: [{ kind: 'engine' }], names, push, manifest };
    case 'cacheonly':
      return one({ kind: 'cache' });
    default:
      throw new UsageError(`--output ${text}: ${FORMS}`, text);
  }
}

/** `a=b,"name=c,d"`: with quotes as in CSV. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const parts = text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
  const fields = parts.map((part): [string, string] => {
    const field = part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
    const equals = field.indexOf('=');
    return equals < 0 ? [field, ''] : [lowered(field.slice(0, equals)), field.slice(equals + 1)];
  });
  return new Map(fields);
}

/** Names of attributes are the same in capitals; the keys of annotations are not. */
function lowered(name: string): string {
  return /^annotation/i.test(name) ? name : name.toLowerCase();
}

function isTrue(value: string | undefined, text: string): boolean {
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1' || value === '') return true;
  throw new UsageError(`--output ${text}: push is true or false`, text);
}

async function checkFile(file: File): Promise<void> {
  if (file === undefined) return;
  const kind = async (path: string) => {
    try {
      return (await stat(path)).isDirectory() ? 'folder' : 'file';
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  };
  if ((await kind(file)) === 'folder') throw new UsageError(`--output: ${file} is a folder, not a file`, file);
  if ((await kind(dirname(file))) !== 'folder')
    throw new UsageError(`--output: there is no folder ${dirname(file)}`, file);
}
