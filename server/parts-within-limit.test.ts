import { expect, it } from 'vitest';
import { DiagnosticSeverity } from 'vscode-languageserver/node';
import type { Finding } from '../core/lint/lint.ts';
import { selectionOf } from './parts-within-limit.ts';

function finding(line: number): Finding {
  const start = { line, character: 0 };
  const range = { start, end: start };
  const lines = { start: line, end: line };
  return { rule: 'r', code: 'R', aliases: [], message: '', severity: 'warning', range, lines, fixes: [] };
}

it('takes findings for where they are now, and not for where they were told', () => {
  const start = { line: 5, character: 0 };
  const other = { message: '', severity: DiagnosticSeverity.Warning, range: { start, end: start } };
  const parts = [
    { findings: [finding(1)], by: 3 },
    { findings: [finding(2), finding(4)], by: 5 },
  ];
  const none = { severity: DiagnosticSeverity.Warning, most: 0 };
  expect(selectionOf([{ diagnostic: other, isFirst: true }], parts, 3)).toEqual({
    ...{ others: [other], ofParts: [undefined, none], rest: 2 },
  });
  expect(selectionOf([{ diagnostic: other, isFirst: true }], parts, 4)).toBeUndefined();
});
