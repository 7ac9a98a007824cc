import type { Finding } from '../finding.ts';
import { byPlace } from './check.ts';
import type { PlacedFinding } from './file-findings.ts';
import { type JudgedPart, startOf } from './judged-part.ts';
import { movedFinding } from './moved-finding.ts';

/** Findings of a part of a file. As long as they are the same but for their lines, the list is the very same. */
export interface PartFindings {
  readonly findings: readonly Finding[];
  /** How many lines further down they are now. */
  readonly by: number;
}

/** What was found in one version, part by part. */
export class Findings {
  private flat: readonly Finding[] | undefined;

  constructor(readonly parts: readonly PartFindings[]) {}

  /** All of it where it stands, in the order of the text. */
  get all(): readonly Finding[] {
    this.flat ??= this.parts
      .flatMap(({ findings, by }) => (by === 0 ? findings : findings.map((each) => movedFinding(each, by))))
      .sort(byPlace);
    return this.flat;
  }
}

interface Joined {
  readonly ofFile: readonly PlacedFinding[];
  readonly findings: readonly Finding[];
}

/** Puts what was found in a part and what was found of it in the whole file into one list, and keeps that while both hold. */
export class FindingsByPart {
  private known: ReadonlyMap<JudgedPart, Joined> = new Map();

  join(parts: readonly JudgedPart[], ofFile: readonly (readonly PlacedFinding[])[]): Findings {
    const now = new Map<JudgedPart, Joined>();
    const found = parts.map((part, index) => {
      const own = ofFile[index]!;
      const before = this.known.get(part);
      const joined =
        before && sameFindings(before.ofFile, own) ? before : { ofFile: own, findings: joinedFindings(part, own) };
      now.set(part, joined);
      return { findings: joined.findings, by: startOf(part) - part.line };
    });
    this.known = now;
    return new Findings(found);
  }
}

/** As they were when the part was judged. */
function joinedFindings(part: JudgedPart, ofFile: readonly PlacedFinding[]): readonly Finding[] {
  const moved = ofFile.map(({ finding, place, startLine }) => {
    const by = part.line + (part.offsets[place.index] ?? startLine - part.line) - startLine;
    return by === 0 ? finding : movedFinding(finding, by);
  });
  return [...part.findings, ...moved].sort(byPlace);
}

function sameFindings(a: readonly PlacedFinding[], b: readonly PlacedFinding[]): boolean {
  return a.length === b.length && a.every(({ finding }, index) => finding === b[index]!.finding);
}
