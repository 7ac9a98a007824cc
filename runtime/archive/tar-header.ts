import { type EngineError, invalid } from '../errors.ts';
import { BLOCK } from './tar-entry.ts';

/** The fields of one 512-byte header block, before PAX records and GNU long names are applied (POSIX pax, ustar). */
export interface RawHeader {
  readonly name: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  /** The type flag, as a character. */
  readonly flag: string;
  readonly linkname: Buffer;
  readonly major: number;
  readonly minor: number;
}

/** An archive that is not what tar is. */
export function badTar(what: string, code = 'tar-invalid'): EngineError {
  return invalid({ code, message: `the tar archive is damaged: ${what}` });
}

/** Reads a header block; undefined for a block of zeros, which ends an archive. */
export function parseHeader(block: Buffer): RawHeader | undefined {
  const sum = checksum(block);
  if (sum === 8 * 32 && block.every((byte) => byte === 0)) return undefined;
  if (readNumber(block, 148, 8) !== sum) throw badTar('a header has a wrong checksum');
  const name = field(block, 0, 100);
  // GNU's own format writes `ustar  ` and has other things where POSIX has the prefix.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? field(block, 345, 155) : Buffer.alloc(0);
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    mode: readNumber(block, 100, 8),
    uid: readNumber(block, 108, 8),
    gid: readNumber(block, 116, 8),
    size: readNumber(block, 124, 12),
    mtime: readNumber(block, 136, 12),
    flag: String.fromCharCode(block[156]!),
    linkname: field(block, 157, 100),
    major: readNumber(block, 329, 8),
    minor: readNumber(block, 337, 8),
  };
}

/** Writes a header block. Numbers must fit their octal fields: what does not goes into PAX records. */
export function encodeHeader(header: RawHeader): Buffer {
  const block = Buffer.alloc(BLOCK);
  header.name.copy(block, 0, 0, 100);
  writeOctal(block, 100, 8, header.mode);
  writeOctal(block, 108, 8, header.uid);
  writeOctal(block, 116, 8, header.gid);
  writeOctal(block, 124, 12, header.size);
  writeOctal(block, 136, 12, header.mtime);
  block.write(header.flag, 156, 'latin1');
  header.linkname.copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, 329, 8, header.major);
  writeOctal(block, 337, 8, header.minor);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Sum of the block's bytes, its checksum field counted as spaces. */
function checksum(block: Buffer): number {
  let sum = 8 * 32;
  for (let i = 0; i < 148; i++) sum += block[i]!;
  for (let i = 156; i < BLOCK; i++) sum += block[i]!;
  return sum;
}

/** A copy of the field's bytes up to its first NUL: the block's memory is not kept. */
function field(block: Buffer, start: number, length: number): Buffer {
  const end = block.indexOf(0, start);
  return Buffer.from(block.subarray(start, end === -1 || end > start + length ? start + length : end));
}

/** Reads a field: octal digits, or GNU's base-256 where the first bit is set. */
export function readNumber(block: Buffer, start: number, length: number): number {
  const first = block[start]!;
  if (first & 0x80) {
    let value = BigInt(first & 0x40 ? first - 256 : first & 0x7f);
    for (let i = start + 1; i < start + length; i++) value = (value << 8n) | BigInt(block[i]!);
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw badTar('a number in a header is too large');
    return number;
  }
  let value = 0;
  let digits = false;
  for (let i = start; i < start + length; i++) {
    const byte = block[i]!;
    if (byte >= 0x30 && byte <= 0x37) {
      value = value * 8 + (byte - 0x30);
      digits = true;
    } else if (byte === 0 || byte === 0x20) {
      if (digits) break;
    } else {
      throw badTar('a number in a header is not octal');
    }
  }
  return value;
}

function writeOctal(block: Buffer, start: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), start, length - 1, 'latin1');
}
