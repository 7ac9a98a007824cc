import { expect, test } from 'vitest';
import { type LogFormat, lineLog } from './log.ts';

function logged(format: LogFormat, level: 'info' | 'debug' = 'info'): string {
  let text = '';
  const log = lineLog((line) => (text += line), { level, format, now: () => new Date(0) });
  log.info('started');
  log.debug('seldom');
  log.error('it failed\n1970-01-01T00:00:00.000Z info all is well', 'a "reason"');
  return text;
}

test('a record for people never looks like two', () => {
  expect(logged('text')).toBe(
    '1970-01-01T00:00:00.000Z info started\n1970-01-01T00:00:00.000Z error it failed\n\t1970-01-01T00:00:00.000Z info all is well: a "reason"\n',
  );
  expect(logged('text', 'debug')).toContain('debug seldom\n');
});

test('a record for programs is an object of JSON in a line', () => {
  const time = '1970-01-01T00:00:00.000Z';
  const msg = 'it failed\n1970-01-01T00:00:00.000Z info all is well';
  expect(
    logged('json')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { time, level: 'info', msg: 'started' },
    { time, level: 'error', msg, error: 'a "reason"' },
  ]);
});
