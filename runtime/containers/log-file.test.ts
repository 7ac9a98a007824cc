import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from './log-file.ts';
import { type LogQuery, readLog } from './log-reader.ts';

let folder: string;
let log: LogFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-log-'));
  log = new LogFile(join(folder, 'x.log'));
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true });
});

const ALL: LogQuery = { stdout: true, stderr: true };
const never = new AbortController().signal;

async function texts(query: LogQuery = ALL): Promise<string[]> {
  const out: string[] = [];
  for await (const entry of readLog(log, query, undefined, never)) out.push(entry.text);
  return out;
}

test('chunks become lines, wherever they are cut', async () => {
  await log.append('stdout', Buffer.from('one\ntw'));
  await log.append('stderr', Buffer.from('err\n'));
  await log.append('stdout', Buffer.from('o\nrest'));
  await log.close();
  expect(await texts()).toEqual(['one\n', 'err\n', 'two\n', 'rest']);
  expect(await texts({ stdout: false, stderr: true })).toEqual(['err\n']);
});

test('the tail is the last lines', async () => {
  for (let line = 0; line < 5000; line++) await log.append('stdout', Buffer.from(`line ${line}\n`));
  expect(await texts({ ...ALL, tail: 2 })).toEqual(['line 4998\n', 'line 4999\n']);
  expect(await texts({ ...ALL, tail: 0 })).toEqual([]);
  expect(await texts()).toHaveLength(5000);
});

test('a character that is cut in two is whole again', async () => {
  const bytes = Buffer.from('ä\n');
  await log.append('stdout', bytes.subarray(0, 1));
  await log.append('stdout', bytes.subarray(1));
  expect(await texts()).toEqual(['ä\n']);
});

test('a follower gets what is written later, to the end', async () => {
  await log.append('stdout', Buffer.from('before\n'));
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const seen: string[] = [];
  for await (const entry of readLog(log, ALL, { ended }, never)) {
    seen.push(entry.text);
    if (seen.length === 1) await log.append('stdout', Buffer.from('later\n'));
    if (seen.length === 2) {
      await log.append('stdout', Buffer.from('last'));
      await log.close();
      end();
    }
  }
  expect(seen).toEqual(['before\n', 'later\n', 'last']);
});

test('a follower who gives up is let go', async () => {
  const gone = new AbortController();
  const reading = (async () => {
    for await (const _entry of readLog(log, ALL, { ended: new Promise(() => {}) }, gone.signal));
  })();
  gone.abort();
  await reading;
});
