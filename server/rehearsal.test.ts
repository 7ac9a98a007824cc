import { expect, it } from 'vitest';
import type { Connection } from 'vscode-languageserver/node';
import { shell } from '../core/bash/shell.test-support.ts';
import { DEFAULT_SETTINGS } from '../core/lint/lint-settings.ts';
import { Contexts } from './contexts.ts';
import { EngineLink } from './engine-link.ts';
import { Reading } from './reading.ts';
import { rehearsals } from './rehearsal.ts';

it('goes through all its texts, and asks the client nothing', async () => {
  const asked: unknown[] = [];
  const connection = {
    sendRequest: async (...request: unknown[]) => void asked.push(request),
  } as unknown as Connection;
  const engine = new EngineLink(connection, () => undefined);
  const linter = { shell, settingsOf: () => DEFAULT_SETTINGS, ready: async () => undefined };
  const texts = new Set<string>();
  let isAgain = false;
  const work = rehearsals({ settings: DEFAULT_SETTINGS, shell }, (text) => {
    isAgain = texts.has(text);
    texts.add(text);
    return new Reading('untitled:', 0, text, undefined, engine, new Contexts(), linter);
  });
  while (!isAgain) work.next();
  await new Promise(setImmediate);
  expect(texts.size).toBeGreaterThan(10);
  expect(asked).toEqual([]);
});
