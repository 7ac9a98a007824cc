import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../dockerfile/read.ts';
import { type LintOptions, lintDockerfile } from './lint.ts';

const codes = (text: string, options?: LintOptions): string[] =>
  lintDockerfile(readDockerfile(text).value, text, options).map(({ code }) => code);

describe('the check directive at the head', () => {
  it('turns rules off by their names', () => {
    expect(codes('# check=skip=JSONArgsRecommended,DL3006\nFROM a as b\nCMD c')).toEqual(['FromAsCasing']);
  });

  it('turns everything off', () => {
    expect(codes('# check=skip=all\nFROM a as b\nCMD c')).toEqual([]);
  });

  it('makes warnings errors, but only those that BuildKit gives', () => {
    const text = '# check=error=true\nFROM a as b';
    const findings = lintDockerfile(readDockerfile(text).value, text);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['DL3006', 'warning'],
      ['FromAsCasing', 'error'],
    ]);
  });

  it('turns experimental rules on, whatever it skips', () => {
    const text = '# no\nARG a\nFROM b:1 as c';
    expect(codes(text)).toEqual(['FromAsCasing']);
    expect(codes(`# check=skip=all;experimental=InvalidDefinitionDescription\n${text}`)).toEqual([
      'InvalidDefinitionDescription',
    ]);
  });

  it('counts for nothing where it cannot be read', () => {
    expect(codes('# check=skip\nFROM a:1 as b')).toEqual(['FromAsCasing']);
  });
});

describe('a check comment above an instruction', () => {
  it('counts for that instruction alone, up to the first blank', () => {
    const text = 'FROM a:1\n# check=skip=LegacyKeyValueFormat why not\n\nENV a b\nENV c d';
    expect(codes(text)).toEqual(['LegacyKeyValueFormat']);
  });

  it('does not reach what BuildKit judges over the whole file', () => {
    expect(codes('FROM a:1 AS b\n# check=skip=all\nFROM a:1 as b\nWORKDIR c')).toEqual([
      'DuplicateStageName',
      'WorkdirRelativePath',
    ]);
  });

  it('turns a void instruction’s finding off from above the one that makes it void', () => {
    expect(codes('FROM a:1\nCMD ["b"]\n# check=skip=MultipleInstructionsDisallowed\nCMD ["c"]')).toEqual([]);
  });

  it('turns experimental rules on', () => {
    expect(codes('# check=experimental=all\n# no\nARG a\n# no\nFROM b:1 AS c')).toHaveLength(2);
    expect(codes('FROM b:1\n# check=experimental=all\n# no\nARG a\n# no\nARG b')).toEqual([
      'InvalidDefinitionDescription',
    ]);
  });
});

describe('hadolint’s pragmas', () => {
  it('turn rules off by hadolint’s names for the instruction below', () => {
    expect(codes('FROM a:1\n# hadolint ignore=DL3025,DL3000\nWORKDIR b\nCMD c')).toEqual(['JSONArgsRecommended']);
  });

  it('reach rules over the whole file too', () => {
    expect(codes('FROM a:1 AS b\n# hadolint ignore=DL3024\nFROM a:1 AS b')).toEqual([]);
  });

  it('turn rules off for a stage', () => {
    const text = 'FROM a:1\nCMD b\n# hadolint stage ignore=DL3025\nFROM a:1\nRUN c\nCMD d';
    expect(codes(text)).toEqual(['JSONArgsRecommended']);
  });

  it('turn rules off everywhere', () => {
    expect(codes('FROM a\n# hadolint global ignore = DL3006 , DL3007 # both\nFROM b:latest\nCMD c')).toEqual([
      'JSONArgsRecommended',
    ]);
  });
});

describe('options', () => {
  it('skip rules by code or alias, or all', () => {
    const text = 'FROM a\nCMD b';
    expect(codes(text, { skip: ['DL3025'] })).toEqual(['DL3006']);
    expect(codes(text, { skip: 'all' })).toEqual([]);
  });

  it('run experimental rules', () => {
    const text = '# no\n\nARG a\nFROM b:1';
    expect(codes(text, { experimental: 'all' })).toEqual(['InvalidDefinitionDescription']);
    expect(codes(text, { experimental: ['InvalidDefinitionDescription'] })).toHaveLength(1);
  });
});
