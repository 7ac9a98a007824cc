import type { Diagnostic } from 'vscode-languageserver/node';
import type { PartFindings } from '../core/lint/incremental/findings.ts';
import type { Finding } from '../core/lint/lint.ts';
import { severityOf } from './features/diagnostics.ts';
import { byPlace, type Choice, choiceOf, isMoreSevere } from './limited-diagnostics.ts';

/** A diagnostic that is none of the findings. */
export interface OtherDiagnostic {
  readonly diagnostic: Diagnostic;
  /** Whether it comes before findings at the same place, or behind them. */
  readonly isFirst: boolean;
}

/** What `limited` would choose, without a list of all. */
export interface Selection {
  readonly others: readonly Diagnostic[];
  /** For each part, what is told of its findings; undefined for all of them. */
  readonly ofParts: readonly (Choice | undefined)[];
  /** How many are not told. */
  readonly rest: number;
}

/** Chooses what is told of a document; undefined where that is everything. The parts stand in the order of the text. */
export function selectionOf(
  others: readonly OtherDiagnostic[],
  parts: readonly PartFindings[],
  limit: number,
): Selection | undefined {
  const counts = [0, 0, 0, 0, 0];
  for (const { findings } of parts) {
    const own = countsOf(findings);
    for (let each = 0; each < own.length; each++) counts[each]! += own[each]!;
  }
  for (const { diagnostic } of others) counts[diagnostic.severity ?? 0]!++;
  const choice = choiceOf(counts, limit);
  if (choice === undefined) return undefined;
  const { severity } = choice;
  const { chosen, shares } = lastChosen(others, parts, choice);
  return {
    others: others
      .map(({ diagnostic }) => diagnostic)
      .filter((each) => isMoreSevere(each.severity, severity) || chosen.has(each)),
    ofParts: parts.map(({ findings }, index) => {
      const most = shares[index]!;
      const isAll = countsOf(findings).every(
        (count, each) => count === 0 || each < severity || (each === severity && count === most),
      );
      return isAll ? undefined : { severity, most };
    }),
    rest: counts.reduce((sum, count) => sum + count) - (limit - 1),
  };
}

/** Those of findings that are told, in their order. */
export function chosenOf(findings: readonly Finding[], { severity, most }: Choice): readonly Finding[] {
  let count = 0;
  return findings.filter((finding) => {
    const own = severityOf(finding);
    return isMoreSevere(own, severity) || (own === severity && count++ < most);
  });
}

/** Of the severity of which not all are told: which of the other diagnostics are, and how many findings of each part. */
function lastChosen(others: readonly OtherDiagnostic[], parts: readonly PartFindings[], { severity, most }: Choice) {
  const waiting = others
    .filter(({ diagnostic }) => diagnostic.severity === severity)
    .sort((a, b) => byPlace(a.diagnostic, b.diagnostic) || Number(b.isFirst) - Number(a.isFirst));
  const chosen = new Set<Diagnostic>();
  let left = most;
  const take = (until: (other: OtherDiagnostic) => boolean): void => {
    for (let next = waiting[chosen.size]; left > 0 && next && until(next); next = waiting[chosen.size]) {
      chosen.add(next.diagnostic);
      left--;
    }
  };
  const shares = parts.map(({ findings, by }) => {
    if (chosen.size === waiting.length) {
      const share = Math.min(left, countsOf(findings)[severity]!);
      left -= share;
      return share;
    }
    let share = 0;
    for (const finding of findings) {
      if (severityOf(finding) !== severity) continue;
      take((other) => isBefore(other, finding, by));
      if (left === 0) break;
      share++;
      left--;
    }
    return share;
  });
  take(() => true);
  return { chosen, shares };
}

function isBefore({ diagnostic, isFirst }: OtherDiagnostic, { range }: Finding, by: number): boolean {
  const { start } = diagnostic.range;
  const order = start.line - (range.start.line + by) || start.character - range.start.character;
  return order < 0 || (order === 0 && isFirst);
}

const COUNTS = new WeakMap<readonly Finding[], readonly number[]>();

/** How many findings there are of each severity, by its number. */
function countsOf(findings: readonly Finding[]): readonly number[] {
  const known = COUNTS.get(findings);
  if (known !== undefined) return known;
  const counts = [0, 0, 0, 0, 0];
  for (const finding of findings) counts[severityOf(finding)]!++;
  COUNTS.set(findings, counts);
  return counts;
}
