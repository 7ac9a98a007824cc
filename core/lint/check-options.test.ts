import { describe, expect, it } from 'vitest';
import { NO_CHECK_OPTIONS, parseCheckOptions, parseHadolintPragma } from './check-options.ts';

describe('parseCheckOptions', () => {
  it.each([
    ['', {}],
    ['skip=A, B', { skip: ['A', 'B'] }],
    ['skip=all;error=true', { skipAll: true, error: true }],
    [' experimental = all ; error = F ', { experimentalAll: true }],
    ['experimental=A;skip=B', { experimental: ['A'], skip: ['B'] }],
  ])('reads %j', (text, expected) => {
    expect(parseCheckOptions(text)).toEqual({ ...NO_CHECK_OPTIONS, ...expected });
  });

  it.each([
    ['skip', 'invalid check option "skip"'],
    ['skop=A', 'invalid check option "skop"'],
    ['error=maybe', 'failed to parse check option "error=maybe"'],
  ])('refuses %j in BuildKit’s words', (text, problem) => {
    expect(parseCheckOptions(text)).toEqual({ problem });
  });
});

describe('parseHadolintPragma', () => {
  it.each([
    ['# hadolint ignore=DL3006', { scope: 'instruction', ignore: ['DL3006'] }],
    ['hadolint  ignore = DL3006 , SC2046 # why', { scope: 'instruction', ignore: ['DL3006', 'SC2046'] }],
    ['#hadolint global ignore=DL1', { scope: 'global', ignore: ['DL1'] }],
    ['# hadolint stage ignore=DL1', { scope: 'stage', ignore: ['DL1'] }],
    ['# hadolint shell=bash', undefined],
    ['# see hadolint ignore=DL1', undefined],
  ])('reads %j', (comment, expected) => {
    expect(parseHadolintPragma(comment)).toEqual(expected);
  });
});
