import { badTar } from './tar-header.ts';

/** Records of a PAX extended header: values are bytes, since extended attributes are. */
export type PaxRecords = Map<string, Buffer>;

/**
 * Reads `length keyword=value\n` records (POSIX pax, Extended Header). An empty value takes a record away. What the sparse
 * format 0.0 repeats for every stretch of data becomes the one record of the format 0.1.
 */
export function parsePax(data: Buffer, records: PaxRecords): void {
  const sparseMap: string[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(data.toString('latin1', at, space));
    const end = at + length;
    const equals = data.indexOf(0x3d, space);
    if (!Number.isInteger(length) || length < 5 || end > data.length || equals === -1 || equals >= end) {
      throw badTar('an extended header has a broken record');
    }
    if (data[end - 1] !== 0x0a) throw badTar('an extended header has a record without an end');
    const keyword = data.toString('utf8', space + 1, equals);
    const value = data.subarray(equals + 1, end - 1);
    if (keyword === 'GNU.sparse.offset' || keyword === 'GNU.sparse.numbytes') sparseMap.push(value.toString('latin1'));
    else if (value.length === 0 && !keyword.startsWith('SCHILY.xattr.')) records.delete(keyword);
    else records.set(keyword, Buffer.from(value));
    at = end;
  }
  if (sparseMap.length > 0) records.set('GNU.sparse.map', Buffer.from(sparseMap.join(',')));
}

/** Writes one record; its length counts its own digits. */
export function encodePaxRecord(keyword: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(keyword) + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${keyword}=`), value, Buffer.from('\n')]);
}

/** Seconds with a decimal fraction, as nanoseconds; digits beyond are cut. */
export function parsePaxTime(value: Buffer): bigint {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(value.toString('latin1'));
  if (match === null) throw badTar('an extended header has a broken time');
  const time = BigInt(match[2]!) * 1_000_000_000n + BigInt((match[3] ?? '').padEnd(9, '0').slice(0, 9));
  return match[1] === '-' ? -time : time;
}

/** Nanoseconds as seconds with as few decimal places as say the same. */
export function formatPaxTime(time: bigint): string {
  const magnitude = time < 0n ? -time : time;
  const fraction = String(magnitude % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${time < 0n ? '-' : ''}${magnitude / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
