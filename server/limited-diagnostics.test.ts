import { expect, it } from 'vitest';
import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import { limited } from './limited-diagnostics.ts';

const { Error: ERROR, Warning: WARNING, Information: INFORMATION, Hint: HINT } = DiagnosticSeverity;

function at(line: number, severity: DiagnosticSeverity): Diagnostic {
  const start = { line, character: 0 };
  return { message: `${severity} on ${line}`, severity, range: { start, end: start } };
}

const LIST = [at(9, ERROR), at(1, HINT), at(2, WARNING), at(4, WARNING), at(3, WARNING), at(5, INFORMATION)];
const told = (limit: number): string[] => limited(LIST, limit).map(({ message }) => String(message));

it('leaves a list as it is that the limit holds', () => {
  expect(limited(LIST, LIST.length)).toBe(LIST);
  expect(limited([], 1)).toEqual([]);
});

it('keeps the most severe, the first of the text within a severity, and says at last how many there are beside', () => {
  expect(told(5)).toEqual([
    ...['1 on 9', '2 on 2', '2 on 4', '2 on 3'],
    '2 further problems are not shown: lapstrake.lint.maxNumberOfProblems is the most that a file may have',
  ]);
  expect(told(4)).toEqual(['1 on 9', '2 on 2', '2 on 3', expect.stringMatching(/^3 further problems are/)]);
});

it('says nothing but that where there is room for no other', () => {
  expect(told(1)).toEqual([expect.stringMatching(/^6 further problems are/)]);
});

it('says of a single one that it is', () => {
  expect(limited([at(1, ERROR), at(2, ERROR)], 1)[0]?.message).toMatch(/^2 further problems are/);
  expect(limited([at(1, HINT), at(2, ERROR), at(3, ERROR)], 3)).toHaveLength(3);
});

it('says it where the file begins, as information', () => {
  expect(limited(LIST, 2)[1]).toMatchObject({ severity: INFORMATION, range: { start: { line: 0, character: 0 } } });
});
