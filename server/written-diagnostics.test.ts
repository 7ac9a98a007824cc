import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Diagnostic, StreamMessageReader } from 'vscode-languageserver/node';
import { DockerfileReader } from '../core/dockerfile/dockerfile-reader.ts';
import { readDockerfile } from '../core/dockerfile/read.ts';
import { IncrementalLinter } from '../core/lint/incremental/incremental-linter.ts';
import { lintDockerfile } from '../core/lint/lint.ts';
import type { PlanProblem } from '../core/plan/plan.ts';
import { diagnosticsOf } from './features/diagnostics.ts';
import { limited } from './limited-diagnostics.ts';
import { WholeMessageWriter } from './message-writer.ts';
import { writeDiagnostics } from './written-diagnostics.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;
const STAGE = 'FROM a AS b\nWORKDIR srv\nRUN sudo x\nENV K v\nCOPY a b c\n';

/** Versions of a text, as typing makes them: a key, a line broken and joined, a paste, what takes it all back. */
const VERSIONS = [
  STAGE.repeat(3),
  STAGE.repeat(3).replace('sudo x', 'sudo xy'),
  STAGE.repeat(3),
  `FROM a AS b\n\n${STAGE.repeat(3).slice('FROM a AS b\n'.length)}`,
  `# ‘why’\n${STAGE}${STAGE.repeat(3)}`,
  `FRM q\n${STAGE.repeat(2)}`,
  STAGE.repeat(3),
];

/** What the plan says of the last COPY, which a rule says, too. */
function contextOf(text: string): PlanProblem[] {
  const line = text.split('\n').length - 2;
  const range = { start: { line, character: 5 }, end: { line, character: 9 } };
  return [{ code: 'copy-destination-invalid', message: '“c” is no folder', severity: 'error', range }];
}

const placeOf = ({ range, code, message }: Diagnostic): string => JSON.stringify([range, code, message]);
const order = (a: Diagnostic, b: Diagnostic): number => (placeOf(a) < placeOf(b) ? -1 : 1);

describe('diagnostics that are written stage by stage', () => {
  it.each([
    ['with nothing of the context', () => []],
    ['with what the context says', contextOf],
  ])('are those of the text, version after version, %s', (_what, context: (text: string) => PlanProblem[]) => {
    const reader = new DockerfileReader();
    const linter = new IncrementalLinter();
    for (const text of VERSIONS) {
      const { value, problems } = reader.read(text);
      const written = writeDiagnostics({ problems }, linter.lint(value, text), context(text), NO_LIMIT);
      const scratch = readDockerfile(text);
      const expected = diagnosticsOf(scratch, lintDockerfile(scratch.value, text), context(text));
      expect(expected.length).toBeGreaterThan(5);
      expect(JSON.parse(Buffer.concat(written.parts).toString()).sort(order)).toEqual([...expected].sort(order));
      expect(JSON.parse(JSON.stringify(written))).toEqual(JSON.parse(Buffer.concat(written.parts).toString()));
    }
  });

  it('are those that are chosen of a list of all, version after version', () => {
    const piece = fc.constantFrom(
      ...['FROM a', 'FROM b'],
      ...Array<string>(4).fill('WORKDIR srv'),
      'FRM q',
      'CMD x',
      'ENV K v',
      '# ‘why’',
      '',
    );
    const lines = fc.array(piece, { minLength: 1, maxLength: 20 });
    const edit = fc.record({ at: fc.nat(20), remove: fc.nat(1), insert: fc.array(piece, { maxLength: 2 }) });
    /** Something as bad, where a rule finds something. */
    const besideFinding = (text: string): PlanProblem[] => {
      const all = [...text.split('\n').entries()].filter(([, each]) => each === 'WORKDIR srv');
      const [line] = all[all.length >> 1] ?? [-1];
      const place = { line, character: 8 };
      if (line === -1) return [];
      return [{ code: 'stage-unknown', message: 'no', severity: 'warning', range: { start: place, end: place } }];
    };
    fc.assert(
      fc.property(lines, fc.array(edit, { maxLength: 6 }), fc.integer({ min: 1, max: 15 }), (start, edits, limit) => {
        const text = [...start];
        const reader = new DockerfileReader();
        const linter = new IncrementalLinter();
        for (const each of [undefined, ...edits]) {
          if (each) text.splice(each.at % (text.length + 1), each.remove, ...each.insert);
          const now = `${text.join('\n')}\n`;
          const { value, problems } = reader.read(now);
          const written = writeDiagnostics({ problems }, linter.lint(value, now), besideFinding(now), limit);
          const scratch = readDockerfile(now);
          const all = diagnosticsOf(scratch, lintDockerfile(scratch.value, now), besideFinding(now));
          const expected = [...limited(all, limit)];
          expect(expected.length).toBe(Math.min(limit, all.length));
          expect(JSON.parse(Buffer.concat(written.parts).toString()).sort(order)).toEqual(expected.sort(order));
        }
      }),
      { numRuns: 80, seed: 6 },
    );
  });

  it.each([
    ['a notification', 'params', { method: 'textDocument/publishDiagnostics' }, 'diagnostics'],
    ['an answer', 'result', { id: 1 }, 'items'],
  ])('stand in %s as any list would', async (_what, part, head, name) => {
    const { value, problems } = readDockerfile(STAGE);
    const written = writeDiagnostics({ problems }, new IncrementalLinter().lint(value, STAGE), [], NO_LIMIT);
    const message = { jsonrpc: '2.0', ...head, [part]: { uri: 'x', [name]: written, version: 1 } };
    const stream = new PassThrough();
    const received = new Promise((resolve) => new StreamMessageReader(stream).listen(resolve));
    await new WholeMessageWriter(stream).write(message);
    expect(await received).toEqual(JSON.parse(JSON.stringify(message)));
  });
});
