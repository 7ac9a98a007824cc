import type { PaxRecords } from './pax.ts';
import { BLOCK } from './tar-entry.ts';
import { badTar, readNumber } from './tar-header.ts';

/** Bytes of a file that an archive holds; all others are zeros. */
interface Stretch {
  readonly at: number;
  readonly length: number;
}

/** What an archive says of a sparse file (GNU tar manual, Storing Sparse Files). */
export interface SparseFile {
  /** Where it is not that of the header. */
  readonly name: Buffer | undefined;
  /** Of the whole file, holes included. */
  readonly size: number;
  readonly content: SparseContent;
  /** Bytes that follow the map. */
  readonly stored: number;
}

/** Takes exactly so many bytes of the archive; undefined at its end. */
type Take = (size: number) => Promise<Buffer | undefined>;

/** Zeros are given in parts of this memory, which nobody writes to. */
const ZEROS = Buffer.alloc(1 << 20);
/** Bytes of a map: more is an attack. */
const MOST_MAP = 1 << 20;

/** GNU's own format: the map stands in the header, and goes on in blocks of its own. */
export async function oldSparseFile(header: Buffer, stored: number, take: Take): Promise<SparseFile> {
  const map: Stretch[] = [];
  const size = readNumber(header, 483, 12);
  let [block, start, entries, more] = [header, 386, 4, header[482] !== 0];
  for (let bytes = 0; ; bytes += BLOCK) {
    for (let at = start; at < start + entries * 24 && block[at] !== 0; at += 24) {
      map.push({ at: readNumber(block, at, 12), length: readNumber(block, at + 12, 12) });
    }
    if (!more) return { name: undefined, size, stored, content: new SparseContent(map, size, stored) };
    const next = bytes < MOST_MAP ? await take(BLOCK) : undefined;
    if (next === undefined) throw badMap();
    [block, start, entries, more] = [next, 0, 21, next[504] !== 0];
  }
}

/** Whether an entry's PAX header is that of a sparse file. */
export function saysSparse(pax: PaxRecords): boolean {
  return pax.size > 0 && (pax.has('GNU.sparse.map') || pax.has('GNU.sparse.major'));
}

/** The formats 0.0 and 0.1, whose map is in the PAX header, and 1.0, where it stands before the data. */
export async function paxSparseFile(pax: PaxRecords, stored: number, take: Take): Promise<SparseFile> {
  const name = pax.get('GNU.sparse.name');
  const text = (keyword: string): string => pax.get(`GNU.sparse.${keyword}`)?.toString('latin1') ?? '';
  if (pax.has('GNU.sparse.map')) {
    const size = numberOf(text('size'));
    return { name, size, stored, content: new SparseContent(stretches(text('map').split(',')), size, stored) };
  }
  if (text('major') !== '1' || text('minor') !== '0') throw badTar('it has a sparse file of an unknown format');
  const size = numberOf(text('realsize'));
  const { numbers, bytes } = await mapBeforeData(Math.min(stored, MOST_MAP), take);
  const left = stored - bytes;
  return { name, size, stored: left, content: new SparseContent(stretches(numbers), size, left) };
}

/** Reads lines of decimal digits: how many pairs, and then these; the last block is filled up. */
async function mapBeforeData(most: number, take: Take): Promise<{ numbers: string[]; bytes: number }> {
  const numbers: string[] = [];
  let rest = '';
  for (let bytes = 0; bytes < most; ) {
    const block = await take(BLOCK);
    if (block === undefined) throw badMap();
    bytes += BLOCK;
    const lines = (rest + block.toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      numbers.push(line);
      if (numbers.length === 1 + 2 * numberOf(numbers[0]!)) return { numbers: numbers.slice(1), bytes };
    }
  }
  throw badMap();
}

function stretches(numbers: readonly string[]): Stretch[] {
  if (numbers.length % 2 !== 0) throw badMap();
  const map: Stretch[] = [];
  for (let n = 0; n < numbers.length; n += 2) {
    map.push({ at: numberOf(numbers[n]!), length: numberOf(numbers[n + 1]!) });
  }
  return map;
}

/** The bytes of a sparse file, holes filled with zeros. */
export class SparseContent {
  readonly #pieces: { readonly kind: 'data' | 'hole'; left: number }[] = [];
  #next = 0;

  /** Error: EngineError `invalid`, code `tar-invalid`, for a map that cannot be that of the file. */
  constructor(map: readonly Stretch[], size: number, stored: number) {
    let end = 0;
    let data = 0;
    for (const { at, length } of map) {
      if (at < end || length < 0 || at + length > size) throw badMap();
      this.#pieces.push({ kind: 'hole', left: at - end }, { kind: 'data', left: length });
      end = at + length;
      data += length;
    }
    if (data !== stored) throw badMap();
    this.#pieces.push({ kind: 'hole', left: size - end });
  }

  /** The next part; undefined at the file's end. `stored` gives at most so many bytes of what the archive holds. */
  async read(stored: (most: number) => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    while (this.#pieces[this.#next]?.left === 0) this.#next++;
    const piece = this.#pieces[this.#next];
    if (piece === undefined) return undefined;
    const part = piece.kind === 'data' ? await stored(piece.left) : ZEROS.subarray(0, piece.left);
    piece.left -= part?.length ?? 0;
    return part;
  }
}

function numberOf(text: string): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw badMap();
  return number;
}

function badMap(): Error {
  return badTar('a sparse file has a broken map');
}
