import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentStore } from '../store/document-store.ts';
import type { Floor } from './floor.ts';
import type { ContainerRecord } from './record.ts';
import { timestamp } from './timestamp.ts';

const KILLED = 137;

/**
 * Clears up after a daemon that did not end by itself: kills its containers' processes, marks them as exited, removes
 * writable layers and folders that no record names. Gives the records. (Taking over what runs is another way to do this.)
 */
export async function recoverContainers(
  floor: Floor,
  documents: DocumentStore<ContainerRecord>,
): Promise<ContainerRecord[]> {
  for (const id of await floor.sandbox.list()) {
    floor.log.info(`ending container ${id}, which an earlier daemon left running`);
    await floor.sandbox.remove(id);
  }
  for (const line of await documents.recover()) floor.log.info(line);
  const records: ContainerRecord[] = [];
  for (const name of await documents.names()) {
    try {
      const record = await documents.get(name);
      if (record !== undefined) records.push(markEnded(record));
    } catch (error) {
      floor.log.error(`the record of container ${name} is left out`, error);
    }
  }
  await removeUnknown(floor, new Set<string>(records.map((record) => record.id)));
  return records;
}

function markEnded(record: ContainerRecord): ContainerRecord {
  const { state } = record;
  if (state.status === 'created' || state.status === 'exited') return record;
  return { ...record, state: { ...state, status: 'exited', exitCode: KILLED, finishedAt: timestamp() } };
}

async function removeUnknown(floor: Floor, known: ReadonlySet<string>): Promise<void> {
  const { active } = await floor.snapshots.list();
  for (const key of active) {
    if (!/^[0-9a-f]{64}$/.test(key) || known.has(key)) continue;
    floor.log.info(`removing the writable layer of the forgotten container ${key}`);
    await floor.snapshots.remove(key);
  }
  for (const name of await readdir(floor.folder)) {
    if (/^[0-9a-f]{64}$/.test(name) && !known.has(name))
      await rm(join(floor.folder, name), { recursive: true, force: true });
  }
}
