import { mkdir } from 'node:fs/promises';
import { isKind } from '../errors.ts';
import type { DocumentStore } from '../store/document-store.ts';
import type { Container } from './container.ts';
import type { ContainerIndex } from './container-index.ts';
import type { Execs } from './execs.ts';
import type { Floor } from './floor.ts';
import { heldSurvivor, type Survivor } from './keepers.ts';
import { adoptLaunched } from './launch.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ContainerRecord } from './record.ts';
import { isPast, recoverContainers } from './recover.ts';
import { wantsRestart } from './restart-policy.ts';
import { startInOrder } from './start-order.ts';
import { timestamp } from './timestamp.ts';

const KILLED = 137;

/** The containers that a daemon begins with. */
export interface Beginning {
  readonly floor: Floor;
  readonly index: ContainerIndex;
  readonly lifecycle: Lifecycle;
  readonly execs: Execs;
  /** Puts a container that an earlier daemon made into the index. */
  restore(record: ContainerRecord): Container;
  /** Removes one that was started with `--rm`; what fails goes to the log. */
  removeByItself(container: Container): Promise<void>;
}

/**
 * Reads what an earlier daemon left, takes over what outlived it, and does what was due meanwhile: removals, and the starts
 * that restart policies ask for. Those are done when the promise resolves, as with dockerd.
 */
export async function takeOver(
  beginning: Beginning,
  documents: DocumentStore<ContainerRecord>,
  survivors: ReadonlyMap<string, Survivor>,
): Promise<void> {
  const { floor, index, lifecycle, execs } = beginning;
  await mkdir(floor.folder, { recursive: true, mode: 0o700 });
  for (const record of await recoverContainers(floor, documents, survivors)) {
    const container = beginning.restore(record);
    for (const mount of record.mounts) if (mount.type === 'volume') await reacquire(floor, mount.name, record.id);
    await container.update({});
  }
  await Promise.all(index.all().map((container) => adopt(beginning, container, survivors.get(container.id))));
  await floor.volumes.unmountUnused();
  await execs.recover((id) => index.find(id));
  lifecycle.daemon = 'open';
  const due: Container[] = [];
  for (const container of index.all()) {
    if (container.isRunning) continue;
    if (container.record.hostConfig.AutoRemove) await beginning.removeByItself(container);
    else if (container.state.status === 'exited' && wantsRestart(container.record)) due.push(container);
  }
  await startInOrder(due, async (container) => {
    try {
      await lifecycle.start(container);
    } catch (error) {
      floor.log.warn(`${container.name} could not be started again: ${String(error)}`);
    }
  });
}

/** Takes over a container whose keeper outlived the last daemon, running or meanwhile ended. */
async function adopt(
  { floor, lifecycle }: Beginning,
  container: Container,
  survivor: Survivor | undefined,
): Promise<void> {
  if (survivor === undefined || survivor.kind === 'lost' || isPast(container.record, survivor)) return;
  const { id, record } = container;
  const { keepers, log } = floor;
  const streams = { tty: record.config.Tty, stdin: record.config.OpenStdin };
  const held = heldSurvivor(survivor, streams, keepers.containerFolder(id));
  if (held === undefined) return;
  try {
    await lifecycle.adopt(container, await adoptLaunched(floor, record, held), survivor);
    log.info(`took over container ${container.name}, which ${survivor.kind === 'ended' ? 'has ended' : 'runs'}`);
  } catch (error) {
    if (survivor.kind === 'running') survivor.link.abandon();
    await floor.sandbox.remove(id);
    await floor.snapshots.unmount(id);
    await floor.networks.release(id);
    await floor.volumes.unmount(id);
    if (survivor.kind === 'ended' && isKind(error, 'not-found')) {
      // The last daemon had cleared up after it already, and could not write that any more.
      const { exitCode, at } = survivor.exit;
      await container.setState({ status: 'exited', exitCode, finishedAt: timestamp(BigInt(at) * 1_000_000n) });
      return;
    }
    log.error(`${container.name} cannot be taken over, and is ended`, error);
    await container.setState({ status: 'exited', exitCode: KILLED, finishedAt: timestamp(), error: String(error) });
  }
}

async function reacquire(floor: Floor, volume: string, containerId: string): Promise<void> {
  try {
    await floor.volumes.acquire(volume, containerId);
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error;
    floor.log.warn(`container ${containerId} has lost its volume ${volume}`);
  }
}
