import { ipText } from '../../os/ip-bytes.ts';

/** What is asked by a DNS message (RFC 1035, 4.1). */
export interface Question {
  readonly id: number;
  /** Lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  /** The question as it came, to be repeated in the answer. */
  readonly section: Buffer;
  readonly recursionDesired: boolean;
}

export const RecordType = { A: 1, PTR: 12, AAAA: 28 } as const;
export const ResponseCode = { ok: 0, serverFailure: 2, nameError: 3 } as const;

const HEADER = 12;
const IN = 1;
/** Seconds that an answer may be kept, as Docker says. */
const TTL = 600;

/** The first question of a query; undefined for what is none, or asks in a way that nobody does. */
export function parseQuestion(message: Buffer): Question | undefined {
  if (message.length < HEADER + 5) return undefined;
  const flags = message.readUInt16BE(2);
  const [isResponse, opcode] = [(flags & 0x8000) !== 0, (flags >> 11) & 0xf];
  if (isResponse || opcode !== 0 || message.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER;
  for (;;) {
    const length = message[at];
    // A question has nothing before it that it could point to.
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    if (at + length > message.length) return undefined;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > message.length || message.readUInt16BE(at + 2) !== IN) return undefined;
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at),
    section: Buffer.from(message.subarray(HEADER, at + 4)),
    recursionDesired: (flags & 0x0100) !== 0,
  };
}

/** An answer of our own to a question; each of `data` is one record of the type that was asked for. */
export function encodeAnswer(question: Question, code: number, data: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(question.id, 0);
  header.writeUInt16BE(0x8080 | (question.recursionDesired ? 0x0100 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data.length, 6);
  const records = data.map((each) => {
    const record = Buffer.alloc(12);
    // The name is the question's.
    record.writeUInt16BE(0xc000 | HEADER, 0);
    record.writeUInt16BE(question.type, 2);
    record.writeUInt16BE(IN, 4);
    record.writeUInt32BE(TTL, 6);
    record.writeUInt16BE(each.length, 10);
    return Buffer.concat([record, each]);
  });
  return Buffer.concat([header, question.section, ...records]);
}

/** A name as the data of a PTR record. */
export function nameData(name: string): Buffer {
  const labels = name.split('.').map((label) => {
    const bytes = Buffer.from(label, 'latin1').subarray(0, 63);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  });
  return Buffer.concat([...labels, Buffer.of(0)]);
}

/**
 * The address that a reverse name such as `3.0.18.172.in-addr.arpa` asks about, or one of IPv6 (RFC 3596, 2.5); undefined
 * where it asks about none.
 */
export function reversedAddress(name: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (match !== null) return match.slice(1).reverse().join('.');
  const digits = /^((?:[\da-f]\.){32})ip6\.arpa$/.exec(name)?.[1]?.split('.').reverse().join('');
  return digits === undefined ? undefined : ipText(Buffer.from(digits, 'hex'));
}
