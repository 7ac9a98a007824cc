import { expect, test } from 'vitest';
import { encodeAnswer, nameData, parseQuestion, RecordType, ResponseCode, reversedAddress } from './message.ts';

/** A query as a resolver sends it. */
function query(name: string, type: number): Buffer {
  const header = Buffer.from('123401000001000000000000', 'hex');
  return Buffer.concat([header, nameData(name), Buffer.of(0, type, 0, 1)]);
}

test('a question is read, whatever its letters', () => {
  expect(parseQuestion(query('DB.Example', RecordType.A))).toMatchObject({
    id: 0x1234,
    name: 'db.example',
    type: 1,
    recursionDesired: true,
  });
});

test('what is no question, or cut off, or points elsewhere is none', () => {
  const whole = query('db', RecordType.A);
  for (let length = 0; length < whole.length; length++)
    expect(parseQuestion(whole.subarray(0, length))).toBeUndefined();
  const answer = Buffer.from(whole);
  answer[2] = 0x81;
  expect(parseQuestion(answer)).toBeUndefined();
  const pointer = Buffer.from(whole);
  pointer[12] = 0xc0;
  expect(parseQuestion(pointer)).toBeUndefined();
});

test('an answer repeats the question and holds the addresses', () => {
  const question = parseQuestion(query('db', RecordType.A))!;
  const answer = encodeAnswer(question, ResponseCode.ok, [Buffer.of(10, 1, 2, 3)]);
  expect(answer.toString('hex')).toBe('1234818000010001000000000264620000010001c00c00010001000002580004' + '0a010203');
});

test('a reverse name is an address, or it is not', () => {
  expect(reversedAddress('3.0.18.172.in-addr.arpa')).toBe('172.18.0.3');
  const zeros = '0.'.repeat(22);
  expect(reversedAddress(`1.a.${zeros}2.0.0.0.2.1.d.f.ip6.arpa`)).toBe('fd12:2::a1');
  expect(reversedAddress('2.1.d.f.ip6.arpa')).toBeUndefined();
  expect(reversedAddress('db')).toBeUndefined();
});
