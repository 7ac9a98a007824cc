import type { Diagnostic } from 'vscode-languageserver/node';
import type { Findings, PartFindings } from '../core/lint/incremental/findings.ts';
import { movedFinding } from '../core/lint/incremental/moved-finding.ts';
import { complaintsOf, type Finding, isTold } from '../core/lint/lint.ts';
import type { PlanProblem } from '../core/plan/plan.ts';
import { diagnosticOf } from './features/diagnostics.ts';
import { type Choice, noteOfRest } from './limited-diagnostics.ts';
import { chosenOf, selectionOf } from './parts-within-limit.ts';
import type { Reading } from './reading.ts';

/** A list of diagnostics as it is sent, in JSON and UTF-8. `message-writer.ts` puts it into the message as it is. */
export class WrittenDiagnostics {
  /** `parts`: what is written one behind the other. */
  constructor(readonly parts: readonly Buffer[]) {}

  isSame({ parts }: WrittenDiagnostics): boolean {
    return Buffer.concat(this.parts).equals(Buffer.concat(parts));
  }

  /** For transports that write messages in their own way. */
  toJSON(): Diagnostic[] {
    return JSON.parse(Buffer.concat(this.parts).toString());
  }
}

/**
 * Everything that `diagnosticsOf` would list, as far as the limit goes (`limited`). Of findings that are the same as the last
 * time nothing is written anew.
 */
export function writeDiagnostics(
  { problems }: Pick<Reading, 'problems'>,
  { parts }: Findings,
  context: readonly PlanProblem[],
  limit: number,
): WrittenDiagnostics {
  const others = complaintsOf(problems, [], context).map((complaint, index) => ({
    diagnostic: diagnosticOf(complaint),
    isFirst: index < problems.length,
  }));
  const news = parts.map((part) => newsOf(part, context));
  const selection = selectionOf(others, news, limit);
  const told = [
    ...(selection?.others ?? others.map(({ diagnostic }) => diagnostic)).map(bytesOf),
    ...news.map((part, index) => bytesOfPart(part, selection?.ofParts[index])).filter(({ length }) => length > 0),
    ...(selection ? [bytesOf(noteOfRest(selection.rest))] : []),
  ];
  const list = told.flatMap((each, index) => (index === 0 ? [each] : [COMMA, each]));
  return new WrittenDiagnostics([OPEN, ...list, CLOSE]);
}

function bytesOf(diagnostic: Diagnostic): Buffer {
  return Buffer.from(JSON.stringify(diagnostic));
}

const [OPEN, COMMA, CLOSE] = [Buffer.from('['), Buffer.from(','), Buffer.from(']')];

/** Findings in JSON, cut where the number of a line stands; the lines are those of the list, before it moved. */
interface Pieces {
  readonly texts: readonly string[];
  readonly lines: readonly number[];
  /** Put together, for findings that far down. */
  last: { readonly by: number; readonly bytes: Buffer } | undefined;
}

/** What is written of findings, and of which of them. */
interface Written {
  readonly choice: Choice | undefined;
  readonly pieces: Pieces;
}

const WRITTEN = new WeakMap<readonly Finding[], Written>();

/** A part without what its context says already. */
function newsOf(part: PartFindings, context: readonly PlanProblem[]): PartFindings {
  if (context.length === 0) return part;
  const { findings, by } = part;
  const news = findings.filter((finding) => !isToldBy(context, finding, by));
  return news.length === findings.length ? part : { findings: news, by };
}

/** What is chosen of a part, with commas between its diagnostics. */
function bytesOfPart({ findings, by }: PartFindings, choice: Choice | undefined): Buffer {
  let written = WRITTEN.get(findings);
  if (written === undefined || !isSame(written.choice, choice)) {
    written = { choice, pieces: piecesOf(choice === undefined ? findings : chosenOf(findings, choice)) };
    WRITTEN.set(findings, written);
  }
  const { pieces } = written;
  if (pieces.last?.by !== by) pieces.last = { by, bytes: joined(pieces, by) };
  return pieces.last.bytes;
}

function isSame(a: Choice | undefined, b: Choice | undefined): boolean {
  return a?.severity === b?.severity && a?.most === b?.most;
}

function isToldBy(context: readonly PlanProblem[], finding: Finding, by: number): boolean {
  const { start, end } = finding.lines;
  const isNear = context.some(
    ({
      range: {
        start: { line },
      },
    }) => start + by <= line && line <= end + by,
  );
  return isNear && isTold(movedFinding(finding, by), context);
}

function piecesOf(findings: readonly Finding[]): Pieces {
  const texts: string[] = [];
  const lines: number[] = [];
  let behind = '';
  for (const finding of findings) {
    const { range, ...rest } = diagnosticOf(finding);
    const { start, end } = range;
    texts.push(`${behind}{"range":{"start":{"line":`, `,"character":${start.character}},"end":{"line":`);
    lines.push(start.line, end.line);
    behind = `,"character":${end.character}}},${JSON.stringify(rest).slice(1)},`;
  }
  texts.push(behind.slice(0, -1));
  return { texts, lines, last: undefined };
}

function joined({ texts, lines }: Pieces, by: number): Buffer {
  let text = '';
  for (let index = 0; index < lines.length; index++) text += texts[index]! + (lines[index]! + by);
  return Buffer.from(text + (texts[lines.length] ?? ''));
}
