import { isUtf8 } from 'node:buffer';
import { encodePaxRecord, formatPaxTime } from './pax.ts';
import { BLOCK, type EntryType, paddingOf, type TarEntry } from './tar-entry.ts';
import { encodeHeader } from './tar-header.ts';

const FLAGS = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
} as const satisfies Record<EntryType, string>;

const SEVEN_OCTAL = 0o7777777;
const ELEVEN_OCTAL = 0o77777777777;
const EMPTY = Buffer.alloc(0);
const NO_NUMBERS = { mode: 0o644, uid: 0, gid: 0, mtime: 0, linkname: EMPTY, major: 0, minor: 0 };

/** The two blocks of zeros that end an archive. */
export const END_OF_ARCHIVE: Buffer = Buffer.alloc(2 * BLOCK);

/**
 * The header of an entry: ustar where it fits, else after a PAX header with what does not. The same entry always gives
 * the same bytes. Its content and `paddingOf` zeros must follow.
 */
export function encodeEntry(entry: TarEntry): Buffer {
  const name = entry.type === 'directory' ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name;
  const seconds = Number(entry.mtime / 1_000_000_000n);
  const records: Buffer[] = [];
  const blocks: Buffer[] = [];
  const number = (keyword: string, value: number, most: number): number => {
    if (value <= most) return value;
    records.push(encodePaxRecord(keyword, Buffer.from(String(value))));
    return 0;
  };
  const text = (keyword: string, flag: string, value: Buffer): Buffer => {
    if (value.length > 100) {
      // PAX promises UTF-8; GNU's long names are any bytes.
      if (isUtf8(value)) records.push(encodePaxRecord(keyword, value));
      else blocks.push(longName(flag, value));
    }
    return value.subarray(0, 100);
  };
  let mtime = seconds;
  if (entry.mtime < 0n || seconds > ELEVEN_OCTAL || entry.mtime % 1_000_000_000n !== 0n) {
    records.push(encodePaxRecord('mtime', Buffer.from(formatPaxTime(entry.mtime))));
    mtime = entry.mtime < 0n || seconds > ELEVEN_OCTAL ? 0 : seconds;
  }
  const header = encodeHeader({
    name: text('path', 'L', name),
    mode: entry.mode & 0o7777,
    uid: number('uid', entry.uid, SEVEN_OCTAL),
    gid: number('gid', entry.gid, SEVEN_OCTAL),
    size: entry.type === 'file' ? number('size', entry.size, ELEVEN_OCTAL) : 0,
    mtime,
    flag: FLAGS[entry.type],
    linkname: text('linkpath', 'K', entry.linkname),
    major: entry.device.major,
    minor: entry.device.minor,
  });
  for (const key of [...entry.xattrs.keys()].sort()) {
    records.push(encodePaxRecord(`SCHILY.xattr.${key.replaceAll('=', '%3D')}`, entry.xattrs.get(key)!));
  }
  if (records.length > 0) blocks.push(metadata('x', Buffer.from('PaxHeaders.0/x'), Buffer.concat(records)));
  return blocks.length === 0 ? header : Buffer.concat([...blocks, header]);
}

function longName(flag: string, value: Buffer): Buffer {
  return metadata(flag, Buffer.from('././@LongLink'), Buffer.concat([value, Buffer.alloc(1)]));
}

function metadata(flag: string, name: Buffer, data: Buffer): Buffer {
  const header = encodeHeader({ ...NO_NUMBERS, name, flag, size: data.length });
  return Buffer.concat([header, data, Buffer.alloc(paddingOf(data.length))]);
}
