import { expect, test } from 'vitest';
import { readDockerfile } from '../dockerfile/read.ts';
import type { PlanInputs } from './plan.ts';
import { planDockerfile } from './plan-dockerfile.ts';
import { sourceDateOf } from './source-date.ts';

const inputs = (more: Partial<PlanInputs> = {}): PlanInputs => ({
  buildArgs: {},
  images: new Map(),
  buildPlatform: { os: 'linux', architecture: 'amd64' },
  ...more,
});
const dateOf = (text: string, buildArgs: Record<string, string> = {}) =>
  sourceDateOf(readDockerfile(text).value, inputs({ buildArgs }));

test('the build’s argument counts, else the default of an ARG above the first FROM', () => {
  const text = 'ARG A=17\nARG SOURCE_DATE_EPOCH=${A}00\nFROM scratch\n';
  expect(dateOf(text)).toEqual({ kind: 'seconds', seconds: 1700 });
  expect(dateOf(text, { SOURCE_DATE_EPOCH: '5' })).toEqual({ kind: 'seconds', seconds: 5 });
  expect(dateOf(text, { SOURCE_DATE_EPOCH: '' })).toEqual({ kind: 'none' });
  expect(dateOf('ARG SOURCE_DATE_EPOCH\nFROM scratch\n')).toEqual({ kind: 'none' });
  expect(dateOf('FROM scratch\nARG SOURCE_DATE_EPOCH=9\n')).toEqual({ kind: 'none' });
  expect(dateOf(text, { SOURCE_DATE_EPOCH: 'context' })).toEqual({ kind: 'context' });
  expect(dateOf(text, { SOURCE_DATE_EPOCH: 'soon' })).toMatchObject({ kind: 'invalid' });
  expect(dateOf(text, { SOURCE_DATE_EPOCH: '999999999999' })).toMatchObject({ kind: 'invalid' });
});

test('a default that is no moment is an error at its place, where the build gives no other', () => {
  const text = 'ARG SOURCE_DATE_EPOCH=soon\nFROM scratch AS one\n';
  const problems = (buildArgs: Record<string, string>) =>
    planDockerfile(readDockerfile(text).value, inputs({ buildArgs })).problems;
  expect(problems({})).toEqual([
    {
      code: 'source-date-invalid',
      severity: 'error',
      message: 'invalid SOURCE_DATE_EPOCH: soon: it is a number of seconds since 1970, or context',
      range: { start: { line: 0, character: 22 }, end: { line: 0, character: 26 } },
      subject: 'SOURCE_DATE_EPOCH',
    },
  ]);
  expect(problems({ SOURCE_DATE_EPOCH: '1' })).toEqual([]);
});

test('stages get what it has turned out to be', () => {
  const text = 'ARG SOURCE_DATE_EPOCH=context\nFROM scratch\nARG SOURCE_DATE_EPOCH\nENV AT=$SOURCE_DATE_EPOCH\n';
  const at = (sourceDate: string) =>
    planDockerfile(readDockerfile(text).value, inputs({ sourceDate })).value.stages[0]?.config.Env?.slice(1);
  expect(at('1700')).toEqual(['AT=1700']);
  expect(at('')).toEqual(['AT=']);
});
