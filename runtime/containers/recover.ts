import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentStore } from '../store/document-store.ts';
import type { Floor } from './floor.ts';
import { CONTAINER_KEY } from './image-mounts.ts';
import type { Survivor } from './keepers.ts';
import type { ContainerRecord } from './record.ts';
import { timestamp } from './timestamp.ts';

/** Docker's exit code of a container of whose end nobody knows, as after the machine was switched off. */
const UNKNOWN = 255;

/**
 * Clears up after a daemon that did not end by itself: ends the processes that no keeper holds, removes writable layers,
 * folders and keepers that no record names. Gives the records; those of containers that ended unseen are marked so. A
 * container whose record cannot be read is left as it is, running or not.
 */
export async function recoverContainers(
  floor: Floor,
  documents: DocumentStore<ContainerRecord>,
  survivors: ReadonlyMap<string, Survivor>,
): Promise<ContainerRecord[]> {
  for (const line of await documents.recover()) floor.log.info(line);
  const records: ContainerRecord[] = [];
  const unread = new Set<string>();
  for (const name of await documents.names()) {
    try {
      const record = await documents.get(name);
      if (record !== undefined) records.push(markLost(record, survivors.get(record.id)));
    } catch (error) {
      unread.add(name);
      floor.log.error(`container ${name} is not shown, and left as it is: its record cannot be read`, error);
    }
  }
  const known = new Set<string>(records.map((record) => record.id));
  for (const [id, survivor] of survivors) {
    if (known.has(id)) continue;
    if (survivor.kind === 'running') survivor.link[unread.has(id) ? 'leave' : 'abandon']();
    if (!unread.has(id)) await floor.keepers.forgetContainer(id);
  }
  for (const id of await floor.sandbox.list()) {
    if (unread.has(id) || (known.has(id) && (survivors.get(id)?.kind ?? 'lost') !== 'lost')) continue;
    floor.log.info(`ending ${id}, which an earlier daemon left behind`);
    await floor.sandbox.remove(id);
  }
  await removeUnknown(floor, new Set([...known, ...unread]));
  return records;
}

/** Whether a survivor's end is in its record already. */
export function isPast(record: ContainerRecord, survivor: Survivor): boolean {
  const { status, finishedAt } = record.state;
  if (survivor.kind !== 'ended') return false;
  return (status === 'exited' || status === 'restarting') && Date.parse(finishedAt) >= survivor.exit.at;
}

function markLost(record: ContainerRecord, survivor: Survivor | undefined): ContainerRecord {
  const { state } = record;
  if (state.status === 'created' || state.status === 'exited') return record;
  // One that waited for its restart has ended properly.
  if (state.status === 'restarting') return { ...record, state: { ...state, status: 'exited' } };
  if (survivor !== undefined && survivor.kind !== 'lost') return record;
  return { ...record, state: { ...state, status: 'exited', exitCode: UNKNOWN, finishedAt: timestamp() } };
}

async function removeUnknown(floor: Floor, known: ReadonlySet<string>): Promise<void> {
  const { active } = await floor.snapshots.list();
  for (const key of active) {
    const [, container] = CONTAINER_KEY.exec(key) ?? [];
    if (container === undefined || known.has(container)) continue;
    floor.log.info(`removing the writable layer of the forgotten container ${key}`);
    await floor.snapshots.remove(key);
  }
  for (const name of await readdir(floor.folder)) {
    if (/^[0-9a-f]{64}$/.test(name) && !known.has(name))
      await rm(join(floor.folder, name), { recursive: true, force: true });
  }
}
