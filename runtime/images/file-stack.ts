import type { LayerFileRow } from './records.ts';

/** An entry of a layer that is no directory; paths without the leading slash. */
export interface LayerFileEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A row that a higher layer may still mark as hidden. */
type Row = { -readonly [K in keyof LayerFileRow]: LayerFileRow[K] };

interface Node {
  readonly children: Map<string, Node>;
  /** What the layers so far show at this path; absent for a directory. */
  file?: Row | undefined;
}

interface PathCost {
  least: number;
  total: number;
  layers: number;
}

/** What a stack of layers wastes, as dive counts it. */
export interface Waste {
  /** 0–1: the least that each path ever took over all that it took. */
  readonly efficiency: number;
  /** All sizes of the paths that more than one layer has. */
  readonly wastedBytes: number;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** Stacks the files of layers, lowest first, and tells what each layer does to those below. */
export class FileStack {
  readonly #root: Node = { children: new Map() };
  readonly #costs = new Map<string, PathCost>();
  readonly #rows: Row[][] = [];

  /** Adds the next higher layer. */
  add(entries: readonly LayerFileEntry[]): void {
    const rows: Row[] = [];
    // What a layer removes is removed from the layers below it, before its own files come.
    for (const entry of entries) this.#whiteout(entry.path, rows);
    for (const entry of entries) this.#file(entry, rows);
    this.#rows.push(rows);
  }

  /** The rows of each layer, lowest first. */
  rows(): readonly (readonly LayerFileRow[])[] {
    return this.#rows;
  }

  waste(): Waste {
    let least = 0;
    let total = 0;
    let wastedBytes = 0;
    for (const cost of this.#costs.values()) {
      least += cost.least;
      total += cost.total;
      if (cost.layers > 1) wastedBytes += cost.total;
    }
    return { efficiency: total === 0 ? 1 : least / total, wastedBytes };
  }

  #whiteout(path: string, rows: Row[]): void {
    const { folder, name } = split(path);
    if (!name.startsWith(WHITEOUT)) return;
    if (name === OPAQUE) {
      const node = this.#find(folder);
      for (const child of node?.children.keys() ?? []) this.#remove(join(folder, child), rows);
    } else {
      this.#remove(join(folder, name.slice(WHITEOUT.length)), rows);
    }
  }

  #remove(path: string, rows: Row[]): void {
    const { folder, name } = split(path);
    const parent = this.#find(folder);
    const node = parent?.children.get(name);
    const bytes = node === undefined ? 0 : hide(node, 'deleted');
    parent?.children.delete(name);
    rows.push({ path, bytes, change: 'deleted' });
    this.#cost(path, bytes);
  }

  #file({ path, size }: LayerFileEntry, rows: Row[]): void {
    const { folder, name } = split(path);
    if (name.startsWith(WHITEOUT)) return;
    let parent = this.#root;
    for (const part of folder === '' ? [] : folder.split('/')) {
      let child = parent.children.get(part);
      if (child === undefined) {
        child = { children: new Map() };
        parent.children.set(part, child);
      }
      parent = child;
    }
    const before = parent.children.get(name);
    if (before !== undefined) hide(before, 'overwritten');
    const row: Row = { path, bytes: size, change: before === undefined ? 'added' : 'modified' };
    parent.children.set(name, { children: new Map(), file: row });
    rows.push(row);
    this.#cost(path, size);
  }

  #find(folder: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const part of folder === '' ? [] : folder.split('/')) node = node?.children.get(part);
    return node;
  }

  #cost(path: string, size: number): void {
    const cost = this.#costs.get(path);
    if (cost === undefined) {
      this.#costs.set(path, { least: size, total: size, layers: 1 });
      return;
    }
    cost.least = Math.min(cost.least, size);
    cost.total += size;
    cost.layers++;
  }
}

/** Marks all files at and below a path as hidden, and gives their bytes. */
function hide(node: Node, how: NonNullable<LayerFileRow['hidden']>): number {
  let bytes = 0;
  if (node.file !== undefined) {
    node.file.hidden = how;
    bytes += node.file.bytes;
  }
  for (const child of node.children.values()) bytes += hide(child, how);
  return bytes;
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1) };
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
