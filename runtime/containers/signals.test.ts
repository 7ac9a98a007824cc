import { expect, test } from 'vitest';
import { readSignal, signalNumber } from './signals.ts';

test.each([
  ['SIGTERM', 15],
  ['term', 15],
  ['9', 9],
  ['SIGRTMIN+3', 37],
  ['rtmax-1', 63],
  ['64', 64],
])('%s is a signal', (text, number) => {
  expect(signalNumber(text)).toBe(number);
});

test.each(['0', '-1', 'FOO', '', 'SIGRTMIN-1'])('%j says no signal', (text) => {
  const problem = expect.objectContaining({ kind: 'invalid', message: `Invalid signal: ${text}` });
  expect(() => readSignal(text)).toThrow(problem);
  expect(() => signalNumber(text)).toThrow(problem);
});

test.each(['32', '33', '65', '99'])('%s is a number, and no signal of Linux', (text) => {
  expect(readSignal(text)).toBe(Number(text));
  const message = `The linux daemon does not support signal ${text}`;
  expect(() => signalNumber(text)).toThrow(expect.objectContaining({ kind: 'invalid', message }));
});
