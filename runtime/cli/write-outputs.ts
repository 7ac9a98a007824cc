import { mkdir } from 'node:fs/promises';
import { extract } from '../archive/extract.ts';
import { writeArchive } from './archive-output.ts';
import type { BuildOutput } from './build-outputs.ts';
import { print, type Surface } from './command.ts';
import type { EngineClient } from './engine-client.ts';

/** An image that a build made. */
export interface BuiltImage {
  readonly id: string;
  /** `linux/arm64`, of several platforms. */
  readonly platform?: string | undefined;
  /** It was not there before the build. */
  readonly isNew: boolean;
}

/** What a build gave. */
export interface Built {
  readonly id: string;
  /** One for each platform. */
  readonly images: readonly BuiltImage[];
  /** Names that the image has in the engine. */
  readonly names: readonly string[];
  /** How many of BuildKit's checks found something, where the engine told. */
  readonly warnings: number;
}

/** Writes what is asked for of a build's image, one after the other. */
export async function writeOutputs(built: Built, outputs: readonly BuildOutput[], surface: Surface): Promise<void> {
  const engine = await surface.engine();
  for (const output of outputs) {
    switch (output.kind) {
      case 'engine':
      case 'cache':
        break;
      case 'tar':
        await writeArchive(await filesOf(engine, built, surface), output.file, surface);
        break;
      case 'folder':
        await unpack(await filesOf(engine, built, surface), output.folder, surface);
        break;
      case 'image-archive':
        await writeArchive(await archiveOf(engine, built, surface), output.file, surface);
        break;
      case 'image-folder':
        await unpack(await archiveOf(engine, built, surface), output.folder, surface);
        break;
    }
  }
}

/** Has the engine forget images that were made for their files alone. */
export async function forgetImages({ images }: Built, engine: EngineClient): Promise<void> {
  for (const { id, isNew } of images) if (isNew) await engine.empty('DELETE', `/lapstrake/images/${id}`);
}

/** The files of an image; of several platforms each in a folder like `linux_arm64`, as BuildKit has it. */
function filesOf(engine: EngineClient, { images }: Built, { signal }: Surface) {
  const query = {
    image: images.map(({ id }) => id),
    below: images.map(({ platform }) => platform?.replaceAll('/', '_') ?? ''),
  };
  return engine.send('GET', '/lapstrake/files', { query, signal });
}

function archiveOf(engine: EngineClient, { id, names }: Built, { signal }: Surface) {
  return engine.send('GET', '/images/get', { query: { names: names.length > 0 ? names : [id] }, signal });
}

/** Unpacks into a folder, over what is there; everything belongs to whoever runs the command. */
async function unpack(archive: Awaited<ReturnType<EngineClient['send']>>, folder: string, surface: Surface) {
  await mkdir(folder, { recursive: true });
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const { warnings } = await extract(archive, folder, { whiteouts: 'literal', owner, signal: surface.signal });
  for (const warning of warnings) print(surface.stderr, `lapstrake: ${warning}`);
}
