import { expect, test } from 'vitest';
import { readDockerfile } from '../dockerfile/read.ts';
import { type BuildCheckInputs, buildChecks } from './build-checks.ts';
import { NO_CHECK_OPTIONS } from './check-options.ts';

const BASE = { baseOf: () => ({ env: ['PATH=/bin', 'HOME_DIR=/h'] }) };

function told(text: string, inputs: BuildCheckInputs = BASE): string[] {
  return buildChecks(readDockerfile(text).value, text, inputs).findings.map(
    ({ rule, lines }) => `${rule} ${lines.start + 1}`,
  );
}

test('only what BuildKit checks is told, in the order of the file, with what it asks for and where that is explained', () => {
  const text = 'FROM box as base\nRUN sudo apt-get update\nCMD a\n';
  const { findings, fails } = buildChecks(readDockerfile(text).value, text, BASE);
  expect(fails).toBe(false);
  expect(findings).toEqual([
    {
      rule: 'FromAsCasing',
      message: "'as' and 'FROM' keywords' casing do not match",
      description: "The 'as' keyword should match the case of the 'from' keyword",
      url: 'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
      lines: { start: 0, end: 0 },
    },
    expect.objectContaining({ rule: 'JSONArgsRecommended', lines: { start: 2, end: 2 } }),
  ]);
});

test('variables of the base image are known, and none is missed where the image is not', () => {
  const text = 'FROM box\nWORKDIR $HOME_DIR/$NONE\n';
  expect(told(text)).toEqual(['UndefinedVar 2']);
  expect(told('FROM box\nWORKDIR $HOME_DIR\n')).toEqual([]);
  expect(told(text, { baseOf: () => undefined })).toEqual([]);
});

test('of a stage that is not built only what reading finds is told', () => {
  const text = 'FROM box AS Unused\nCMD a\nMAINTAINER b\nFROM box\nCMD c\n';
  expect(told(text, { ...BASE, stages: new Set([1]) })).toEqual([
    'StageNameCasing 1',
    'MaintainerDeprecated 3',
    'JSONArgsRecommended 5',
  ]);
  expect(told(text)).toContain('JSONArgsRecommended 2');
});

test('the directive and comments turn checks off, an argument of the build counts instead, hadolint’s comments do not', () => {
  const text =
    '# check=skip=FromAsCasing;error=true\nFROM box as a\n# check=skip=WorkdirRelativePath\nWORKDIR b\nCMD c\n';
  expect(told(text)).toEqual(['JSONArgsRecommended 5']);
  const { value } = readDockerfile(text);
  expect(buildChecks(value, text, BASE).fails).toBe(true);
  const check = { ...NO_CHECK_OPTIONS, skip: ['JSONArgsRecommended'] };
  expect(told(text, { ...BASE, check })).toEqual(['FromAsCasing 2']);
  expect(buildChecks(value, text, { ...BASE, check }).fails).toBe(false);
  expect(told('FROM box\n# hadolint ignore=DL3025,JSONArgsRecommended\nCMD a\n')).toEqual(['JSONArgsRecommended 3']);
});

test('sources that .dockerignore leaves out are told of COPY and ADD', () => {
  const text = 'FROM box\nADD ./a/../b /\n# check=skip=CopyIgnoredFile\nCOPY b /\n';
  const at = (line: number) => ({ start: { line, character: 0 }, end: { line, character: 1 } });
  const ignoredSources = [1, 3].map((line) => ({ range: at(line), path: './a/../b' }));
  const { findings } = buildChecks(readDockerfile(text).value, text, { ...BASE, ignoredSources });
  expect(findings.map(({ rule, message }) => [rule, message])).toEqual([
    ['CopyIgnoredFile', 'Attempting to Add file "b" that is excluded by .dockerignore'],
  ]);
});
