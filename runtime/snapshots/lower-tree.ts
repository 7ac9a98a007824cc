import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { joinPath } from '../archive/contained-path.ts';
import { hasErrno } from '../os/errno.ts';
import { getXattr } from '../os/xattr.ts';

/** Whether a file of an overlay layer says that the lower one is deleted. */
export function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

/** Whether a directory of an overlay layer hides what the lower ones hold. */
export function isOpaque(path: Buffer, attribute: string): boolean {
  return getXattr(path, attribute)?.toString() === 'y';
}

/** A file of the topmost layer that has it. */
export interface LowerFile {
  readonly path: Buffer;
  readonly stats: BigIntStats;
}

/** Looks into a stack of overlay layers as the kernel would, without mounting it. */
export class LowerTree {
  /** `layers`: paths of the layers, topmost first; `opaque`: the attribute's name. */
  constructor(
    private readonly layers: readonly Buffer[],
    private readonly opaque: string,
  ) {}

  /** What the stack shows under this name; undefined where nothing. */
  async lookup(names: readonly Buffer[]): Promise<LowerFile | undefined> {
    for (const layer of this.layers) {
      const { stats, hides } = await this.#inLayer(layer, names);
      if (stats !== undefined) return isWhiteout(stats) ? undefined : { path: joinPath(layer, names), stats };
      if (hides) return undefined;
    }
    return undefined;
  }

  /** Names that the stack shows in a directory, in no order. */
  async list(names: readonly Buffer[]): Promise<Buffer[]> {
    const seen = new Map<string, Buffer | undefined>();
    for (const layer of this.layers) {
      const { stats, hides } = await this.#inLayer(layer, names);
      if (stats !== undefined && !stats.isDirectory()) break;
      if (stats !== undefined) {
        const folder = joinPath(layer, names);
        for (const name of await readdir(folder, { encoding: 'buffer' })) {
          const key = name.toString('latin1');
          if (seen.has(key)) continue;
          const child = await lstat(joinPath(folder, [name]), { bigint: true });
          seen.set(key, isWhiteout(child) ? undefined : name);
        }
        if (isOpaque(folder, this.opaque)) break;
      }
      if (hides) break;
    }
    return [...seen.values()].filter((name) => name !== undefined);
  }

  /** What one layer has under the name, and whether it hides the layers below it there. */
  async #inLayer(
    layer: Buffer,
    names: readonly Buffer[],
  ): Promise<{ readonly stats: BigIntStats | undefined; readonly hides: boolean }> {
    let hides = false;
    for (let depth = 1; depth <= names.length; depth++) {
      const path = joinPath(layer, names.slice(0, depth));
      const stats = await lstatBig(path);
      if (stats === undefined) return { stats: undefined, hides };
      if (depth === names.length) return { stats, hides };
      if (!stats.isDirectory()) return { stats: undefined, hides: true };
      hides ||= isOpaque(path, this.opaque);
    }
    return { stats: await lstatBig(layer), hides };
  }
}

/** lstat in big integers, or undefined where there is nothing. */
export async function lstatBig(path: Buffer): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
