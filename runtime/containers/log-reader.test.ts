import { appendFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutputName } from './frames.ts';
import { LogFile } from './log-file.ts';
import { type LogQuery, readLog } from './log-reader.ts';

let folder: string;
let log: LogFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-log-'));
  log = new LogFile(join(folder, 'x.log'), 3);
});
afterEach(() => rm(folder, { recursive: true }));

const ALL: LogQuery = { stdout: true, stderr: true };
const never = new AbortController().signal;
const line = (text: string, stream: OutputName = 'stdout'): string =>
  `${JSON.stringify({ log: text, stream, time: '2026-01-02T03:04:05.000000006Z' })}\n`;

async function texts(query: LogQuery = ALL): Promise<string[]> {
  const out: string[] = [];
  for await (const entries of readLog(log, query, undefined, never)) out.push(...entries.map(({ text }) => text));
  return out;
}

test('a log that is not there yet is empty', async () => {
  expect(await texts()).toEqual([]);
});

test('one stream can be had alone', async () => {
  await appendFile(log.path, line('one\n') + line('err\n', 'stderr') + line('rest'));
  expect(await texts()).toEqual(['one\n', 'err\n', 'rest']);
  expect(await texts({ stdout: false, stderr: true })).toEqual(['err\n']);
});

test('the tail is the last lines', async () => {
  for (let at = 0; at < 5000; at += 100) {
    await appendFile(log.path, Array.from({ length: 100 }, (_, index) => line(`line ${at + index}\n`)).join(''));
  }
  expect(await texts({ ...ALL, tail: 2 })).toEqual(['line 4998\n', 'line 4999\n']);
  expect(await texts({ ...ALL, tail: 0 })).toEqual([]);
  expect(await texts()).toHaveLength(5000);
});

test('a line that a full disk cut short is left out, and the next one is not', async () => {
  await appendFile(log.path, `${line('whole\n')}${line('cut\n').slice(0, 20)}\n${line('next\n')}`);
  expect(await texts()).toEqual(['whole\n', 'next\n']);
});

test('who does not follow gets what was there when they asked, however fast more is written', async () => {
  await appendFile(log.path, line('old\n').repeat(5000));
  const seen: string[] = [];
  for await (const entries of readLog(log, { ...ALL, tail: 3000 }, undefined, never)) {
    seen.push(...entries.map(({ text }) => text));
    await appendFile(log.path, line('new\n').repeat(5000));
  }
  expect(seen).toEqual(Array.from({ length: 3000 }, () => 'old\n'));
});

test('a follower gets what is written later, to the end', async () => {
  await appendFile(log.path, line('before\n'));
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const seen: string[] = [];
  for await (const entries of readLog(log, ALL, { ended }, never)) {
    seen.push(...entries.map(({ text }) => text));
    if (seen.length === 1) await appendFile(log.path, line('later\n'));
    if (seen.length === 2) {
      await appendFile(log.path, line('last'));
      end();
    }
  }
  expect(seen).toEqual(['before\n', 'later\n', 'last']);
});

test('a follower who gives up is let go', async () => {
  const gone = new AbortController();
  const reading = (async () => {
    for await (const _entries of readLog(log, ALL, { ended: new Promise(() => {}) }, gone.signal));
  })();
  gone.abort();
  await reading;
});

/** What a keeper does with a full file. */
async function moveAside(): Promise<void> {
  for (const number of [2, 1]) {
    await rename(number === 1 ? log.path : `${log.path}.1`, `${log.path}.${number}`).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      },
    );
  }
}

test('the files that were moved aside are read first, and the tail reaches into them', async () => {
  for (const name of ['one', 'two', 'three']) {
    await moveAside();
    await appendFile(log.path, line(`${name} a\n`) + line(`${name} b\n`));
  }
  const all = ['one a\n', 'one b\n', 'two a\n', 'two b\n', 'three a\n', 'three b\n'];
  expect(await texts()).toEqual(all);
  for (const tail of [1, 2, 3, 4, 5, 6, 7]) expect(await texts({ ...ALL, tail })).toEqual(all.slice(-tail));
  await moveAside();
  expect(await texts({ ...ALL, tail: 1 })).toEqual(['three b\n']);
  expect(await texts()).toEqual(all.slice(2));
});

test('a follower misses nothing while files are moved aside, even where its own is removed meanwhile', async () => {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const seen: string[] = [];
  const add = (text: string): Promise<void> => appendFile(log.path, line(`${text}\n`));
  await add('first');
  for await (const entries of readLog(log, ALL, { ended }, never)) {
    seen.push(...entries.map(({ text }) => text));
    if (seen.length === 1) {
      await add('end of the first');
      await moveAside();
      await add('second');
    }
    if (seen.length === 3) {
      for (const name of ['lost', 'kept', 'newest']) {
        await moveAside();
        await add(name);
      }
      await moveAside();
      end();
    }
  }
  expect(seen).toEqual(['first\n', 'end of the first\n', 'second\n', 'kept\n', 'newest\n']);
});
