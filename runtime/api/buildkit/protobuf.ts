/** A field of a message: its number, and a value that is left out where it is undefined, empty or 0 (Protocol Buffers, Encoding). */
export type Field = readonly [number: number, value: string | Buffer | number | boolean | undefined];

const VARINT = 0;
const BYTES = 2;

/** A message. Numbers are whole and not negative. */
export function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (value === undefined || value === '' || value === 0 || value === false) return [];
      if (typeof value === 'number' || value === true) return [varint((number << 3) | VARINT), varint(Number(value))];
      const bytes = Buffer.from(value);
      return [varint((number << 3) | BYTES), varint(bytes.length), bytes];
    }),
  );
}

/** The texts in a message, by field; other fields are passed over. Undefined where it is no message. */
export function decodeTexts(message: Buffer): ReadonlyMap<number, string> | undefined {
  const texts = new Map<number, string>();
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at);
    const value = tag === undefined ? undefined : readVarint(message, tag.end);
    if (tag === undefined || value === undefined) return undefined;
    at = value.end;
    const wireType = tag.value & 7;
    if (wireType === VARINT) continue;
    if (wireType !== BYTES || at + value.value > message.length) return undefined;
    texts.set(tag.value >>> 3, message.toString('utf8', at, at + value.value));
    at += value.value;
  }
  return texts;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

function readVarint(from: Buffer, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = start; at < from.length && at < start + 7; at++) {
    const byte = from[at]!;
    value += (byte & 127) * 128 ** (at - start);
    if (byte < 128) return { value, end: at + 1 };
  }
  return undefined;
}
