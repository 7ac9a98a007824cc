import { randomBytes } from 'node:crypto';
import { mkdir, opendir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { boolean, nullable, object, record, string, type infer as TypeOf } from 'zod/mini';
import { conflict, invalid, notFound, unsupported } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { openDocuments } from '../store/documents.ts';
import { treeSize } from './tree-size.ts';
import type { VolumeCreateOptions, VolumeRecord, Volumes } from './volumes.ts';

const RECORDS = '.records';
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

const Stored = object({
  name: string(),
  createdAt: string(),
  labels: nullable(record(string(), string())),
  options: nullable(record(string(), string())),
  anonymous: boolean(),
});
type Stored = TypeOf<typeof Stored>;

/** Keeps volumes in `folder`: `<name>/_data` each, and their records beside them. */
export function openVolumes(folder: string): Volumes {
  const records = openDocuments(join(folder, RECORDS), (value) => Stored.parse(value));
  /** Containers by volume. */
  const uses = new Map<string, Set<string>>();
  /** One at a time changes the set of volumes. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work, work);
    turn = done;
    return done;
  };
  const dataOf = (name: string): string => join(folder, name, '_data');
  const show = (stored: Stored): VolumeRecord => ({
    CreatedAt: stored.createdAt,
    Driver: 'local',
    Labels: stored.labels,
    Mountpoint: dataOf(stored.name),
    Name: stored.name,
    Options: stored.options,
    Scope: 'local',
  });
  const get = async (name: string): Promise<Stored> => {
    const stored = await records.get(name);
    if (stored !== undefined) return stored;
    throw notFound({ code: 'volume-not-found', message: `get ${name}: no such volume`, subject: name });
  };
  const all = async (): Promise<Stored[]> => Promise.all((await records.names()).map(get));
  const discard = async (name: string): Promise<void> => {
    // The record goes first: a folder without one is what recover() clears.
    await records.delete(name);
    await rm(join(folder, name), { recursive: true, force: true });
  };

  return {
    create: (options = {}) =>
      inTurn(async () => {
        const stored = describe(options);
        const existing = await records.get(stored.name);
        if (existing !== undefined) return show(existing);
        await mkdir(dataOf(stored.name), { recursive: true, mode: 0o755 });
        await records.put(stored.name, stored);
        return show(stored);
      }),
    inspect: async (name) => show(await get(name)),
    list: async () => (await all()).map(show),
    remove: (name) =>
      inTurn(async () => {
        await get(name);
        const users = [...(uses.get(name) ?? [])];
        if (users.length > 0) {
          throw conflict({
            code: 'volume-in-use',
            message: `remove ${name}: volume is in use - [${users.join(', ')}]`,
            subject: name,
            remedies: ['Remove the containers that use it first'],
          });
        }
        await discard(name);
      }),
    prune: (filter = () => true) =>
      inTurn(async () => {
        const unused = (await all()).filter(
          (stored) => !uses.get(stored.name)?.size && filter(show(stored), stored.anonymous),
        );
        let bytes = 0;
        for (const { name } of unused) {
          bytes += await treeSize(dataOf(name));
          await discard(name);
        }
        return { names: unused.map((stored) => stored.name), bytes };
      }),
    acquire: (name, containerId) =>
      inTurn(async () => {
        const stored = await get(name);
        const users = uses.get(name) ?? new Set();
        uses.set(name, users.add(containerId));
        return show(stored);
      }),
    release(containerId) {
      const names = [...uses].filter(([, users]) => users.delete(containerId)).map(([name]) => name);
      for (const name of names) if (uses.get(name)?.size === 0) uses.delete(name);
      return names;
    },
    users: (name) => [...(uses.get(name) ?? [])],
    size: async (name) => treeSize(dataOf((await get(name)).name)),
    async isEmpty(name) {
      const entries = await opendir(dataOf((await get(name)).name));
      const first = await entries.read();
      await entries.close();
      return first === null;
    },
    recover: () =>
      inTurn(async () => {
        const known = new Set(await records.names());
        const found = await foldersIn(folder);
        const strays = found.filter((name) => name !== RECORDS && !known.has(name));
        for (const name of strays) await rm(join(folder, name), { recursive: true, force: true });
        const lost = [...known].filter((name) => !found.includes(name));
        for (const name of lost) await mkdir(dataOf(name), { recursive: true, mode: 0o755 });
        return [
          ...(await records.recover()),
          ...strays.map((name) => `removed the half-made volume ${name}`),
          ...lost.map((name) => `made the folder of volume ${name} anew, empty`),
        ];
      }),
  };
}

function describe(options: VolumeCreateOptions): Stored {
  const name = options.name || randomBytes(32).toString('hex');
  if (!NAME.test(name)) {
    throw invalid({
      code: 'volume-name-invalid',
      message: `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
      subject: name,
    });
  }
  if (options.driver && options.driver !== 'local') {
    throw notFound({
      code: 'volume-driver-not-found',
      message: `create ${name}: Error looking up volume plugin ${options.driver}: plugin "${options.driver}" not found`,
      subject: options.driver,
    });
  }
  const driverOptions = options.driverOptions ?? {};
  if (Object.keys(driverOptions).length > 0) {
    throw unsupported({
      code: 'volume-options-unsupported',
      message: `create ${name}: the local driver takes no options here: ${Object.keys(driverOptions).join(', ')}`,
      subject: name,
    });
  }
  return {
    name,
    createdAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    labels: options.labels ? { ...options.labels } : null,
    options: null,
    anonymous: !options.name,
  };
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
