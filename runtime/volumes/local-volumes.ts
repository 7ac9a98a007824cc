import { randomBytes } from 'node:crypto';
import { mkdir, opendir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { boolean, nullable, object, record, string, type infer as TypeOf } from 'zod/mini';
import { conflict, invalid, notFound } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { openDocuments } from '../store/documents.ts';
import { checkLocalOptions, isPassing, mountOfOptions } from './local-options.ts';
import { treeSize } from './tree-size.ts';
import { VolumeMounts } from './volume-mounts.ts';
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
  const mounts = new VolumeMounts(folder);
  const removeFolder = async (name: string): Promise<void> => {
    // What is mounted there belongs to somebody else.
    await mounts.endBelow(name);
    await rm(join(folder, name), { recursive: true, force: true });
  };
  const discard = async (name: string): Promise<void> => {
    // The record goes first: a folder without one is what recover() clears.
    await records.delete(name);
    await removeFolder(name);
  };
  const isUsed = (name: string): boolean => (uses.get(name)?.size ?? 0) > 0 || mounts.has(name);

  return {
    create: (options = {}) =>
      inTurn(async () => {
        const stored = describe(options);
        const existing = await records.get(stored.name);
        // Whatever else was asked for, as with dockerd: compose looks for itself.
        if (existing !== undefined) return show(existing);
        checkLocalOptions(stored.name, stored.options ?? {});
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
        if (mounts.has(name)) {
          throw conflict({
            code: 'volume-mounted',
            message: `remove ${name}: volume has active mounts`,
            subject: name,
          });
        }
        await discard(name);
      }),
    prune: (filter = () => true) =>
      inTurn(async () => {
        const unused = (await all()).filter(
          (stored) =>
            !isUsed(stored.name) &&
            // What was made of somebody's options is left to them.
            Object.keys(stored.options ?? {}).length === 0 &&
            filter(show(stored), stored.anonymous),
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
    mount: (name, user) =>
      inTurn(async () => {
        const wanted = mountOfOptions((await get(name)).options);
        if (wanted === undefined) return { content: 'kept', folder: 'own' };
        await mounts.use(name, user, wanted);
        return { content: isPassing(wanted) ? 'passing' : 'kept', folder: 'mounted' };
      }),
    async unmount(user) {
      if (mounts.uses(user)) await inTurn(async () => mounts.release(user));
    },
    unmountUnused: () => inTurn(async () => mounts.endUnused()),
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
        await mounts.find();
        for (const name of strays) await removeFolder(name);
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
  return {
    name,
    createdAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    labels: options.labels ? { ...options.labels } : null,
    options: Object.keys(driverOptions).length > 0 ? { ...driverOptions } : null,
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
