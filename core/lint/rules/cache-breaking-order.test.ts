import { describe, expect, it } from 'vitest';
import { shell } from '../../bash/shell.test-support.ts';
import { readDockerfile } from '../../dockerfile/read.ts';
import { applyEdits } from '../apply-edits.ts';
import { lintDockerfile } from '../lint.ts';

/** What becomes of a RUN below `COPY . .`; undefined where nothing is offered. */
function ordered(run: string): string | undefined {
  const text = `FROM node:24\nWORKDIR /srv\nCOPY . .\n${run}\n`;
  const found = lintDockerfile(readDockerfile(text).value, text, { shell });
  const [fix] = found.find(({ code }) => code === 'cache-breaking-order')?.fixes ?? [];
  return fix && applyEdits(text, fix.edits).replace('FROM node:24\nWORKDIR /srv\n', '');
}

describe('packages are installed before the sources are copied', () => {
  it.each([
    ['RUN npm ci', 'COPY package.json ./\nRUN npm ci\nCOPY . .\n'],
    [
      'RUN npm ci && npm cache clean --force',
      'COPY package.json ./\nRUN npm ci && npm cache clean --force\nCOPY . .\n',
    ],
    [
      'RUN --network=host npm ci \\\n  && npm run build && x',
      'COPY package.json ./\nRUN --network=host npm ci\nCOPY . .\nRUN --network=host npm run build && x\n',
    ],
  ])('of %j', (run, expected) => {
    expect(ordered(run)).toBe(expected);
  });

  it.each(['RUN npm ci; npm run build', 'RUN npm run build && npm ci', 'RUN npm ci > /log && npm run build'])(
    'unless what needs the sources cannot be told apart: %j',
    (run) => {
      expect(ordered(run)).toBeUndefined();
    },
  );
});
