import { announce } from './announce.ts';
import type { Container } from './container.ts';
import { exportRoot } from './files/container-files.ts';
import type { Floor } from './floor.ts';

/** A container's root while it is exported; disposing of it lets the root go. */
export interface ExportedRoot extends AsyncDisposable {
  readonly archive: AsyncIterable<Buffer>;
}

/**
 * A tar of a container's whole file tree, whether it runs or not, without what is mounted in it
 * (`GET /containers/{id}/export`). It is read from inside: no link that the container makes meanwhile leads out.
 */
export async function exportContainer(floor: Floor, container: Container, signal: AbortSignal): Promise<ExportedRoot> {
  const root = await floor.snapshots.mount(container.id);
  const release = (): Promise<void> => floor.snapshots.unmount(container.id);
  try {
    const archive = await exportRoot(floor.files, { root, mounts: [], readonlyRoot: true }, signal);
    announce(floor.events, container, 'export');
    return { archive, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}
