import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { internal } from '../errors.ts';

/** A control file's text, trimmed; undefined where there is none. */
export async function readControl(folder: string | undefined, file: string): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  try {
    return (await readFile(join(folder, file), 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * The same at once, for figures: the kernel makes their text in memory. The dozen of a group take a third of a millisecond
 * so, and ten times as much of a processor by way of Node's threads.
 */
export function readFigure(folder: string | undefined, file: string): string | undefined {
  if (folder === undefined) return undefined;
  try {
    return readFileSync(join(folder, file), 'latin1').trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a control file; errors carry the file's name. */
export async function writeControl(folder: string, file: string, value: string | number): Promise<void> {
  try {
    await writeFile(join(folder, file), String(value));
  } catch (cause) {
    throw internal({ code: 'cgroup-write-failed', message: `cannot write ${value} to ${join(folder, file)}`, cause });
  }
}

/** `name value` lines as a record. */
export function parseFlatKeyed(text: string | undefined): Record<string, number> {
  const out: Record<string, number> = {};
  for (const line of (text ?? '').split('\n')) {
    const [name, value] = line.split(' ');
    if (name && value !== undefined) out[name] = Number(value);
  }
  return out;
}

/** Processes of a group and of all groups below it. */
export async function pidsBelow(folder: string): Promise<number[]> {
  const own = ((await readControl(folder, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number);
  const below = await subfolders(folder);
  return [...own, ...(await Promise.all(below.map(pidsBelow))).flat()];
}

/** Kills all processes of the groups and removes the folders, deepest first. */
export async function removeGroups(folders: readonly string[]): Promise<void> {
  await Promise.all(folders.map(removeGroup));
}

async function removeGroup(folder: string): Promise<void> {
  // A killed process leaves its group only when it is reaped, for which there is no event on v1.
  for (let attempt = 0; ; attempt++) {
    if (await removeTree(folder)) return;
    for (const pid of await pidsBelow(folder)) kill(pid);
    if (attempt === 200) {
      throw internal({ code: 'cgroup-busy', message: `cannot remove the control group ${folder}`, subject: folder });
    }
    await delay(Math.min(1 + attempt, 50));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function removeTree(folder: string): Promise<boolean> {
  for (const child of await subfolders(folder)) if (!(await removeTree(child))) return false;
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false;
    throw error;
  }
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Makes a group and those above it. */
export async function makeGroup(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV');
}
