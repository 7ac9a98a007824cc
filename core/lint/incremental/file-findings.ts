import type { Instruction } from '../../dockerfile/instructions.ts';
import type { FileContext } from '../file-context.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';
import { RULES } from '../rules.ts';
import type { Suppression } from '../suppression.ts';
import type { Change, InstructionPlace } from './change.ts';
import { check } from './check.ts';
import type { JudgedPart } from './judged-part.ts';
import { lastUpTo } from './last-up-to.ts';
import { sameList } from './same.ts';

const OF_FILE = RULES.filter(({ scope }) => scope === undefined);

/** What a rule found that looks at the whole file, and of which instruction. */
export interface PlacedFinding {
  readonly finding: Finding;
  /** Of the instruction that it lies in. */
  readonly place: InstructionPlace;
  /** Where that stood when it was told. */
  readonly startLine: number;
}

/** What the rules find that look at the whole file. Those look again only where what they look at changed. */
export class FileFindings {
  private byRule: ReadonlyMap<Rule, readonly PlacedFinding[]> = new Map();

  /** `change` since the last version; absent where what was found there says nothing. Gives a list for each part. */
  judge(
    context: FileContext,
    suppression: Suppression,
    parts: readonly JudgedPart[],
    change: Change | undefined,
  ): readonly (readonly PlacedFinding[])[] {
    const byRule = new Map<Rule, readonly PlacedFinding[]>();
    const byPart: PlacedFinding[][] = parts.map(() => []);
    for (const rule of OF_FILE) {
      const kept = change && concernsNone(rule, change) ? this.kept(rule, change) : undefined;
      const found = kept ?? placed(check([rule], context, suppression), parts);
      byRule.set(rule, found);
      for (const each of found) byPart[each.place.part]?.push(each);
    }
    this.byRule = byRule;
    return byPart;
  }

  /** What a rule found before, with its new places; undefined where it looks at something that is not there any more. */
  private kept(rule: Rule, change: Change): PlacedFinding[] | undefined {
    const kept: PlacedFinding[] = [];
    for (const each of this.byRule.get(rule) ?? []) {
      const place = change.placeNow(each.place);
      if (place === undefined) return undefined;
      kept.push({ ...each, place });
    }
    return kept;
  }
}

/** Whether a rule looks at nothing of what changed. */
function concernsNone({ looksAt }: Rule, { removed, added }: Change): boolean {
  if (looksAt === undefined) return false;
  if (looksAt === 'keywords') return sameList(removed.map(keywordOf), added.map(keywordOf));
  const isSeen = (instruction: Instruction): boolean =>
    looksAt.includes(instruction.kind) ||
    (instruction.kind === 'ONBUILD' && instruction.trigger !== undefined && looksAt.includes(instruction.trigger.kind));
  return !removed.some(isSeen) && !added.some(isSeen);
}

function keywordOf({ kind, node }: Instruction): string {
  return `${kind} ${node.keyword.text}`;
}

function placed(findings: Iterable<Finding>, parts: readonly JudgedPart[]): PlacedFinding[] {
  return Array.from(findings, (finding) => {
    const line = finding.lines.start;
    const part = lastUpTo(parts, ({ instructions }) => (instructions[0]?.node.startLine ?? -1) <= line);
    const index = lastUpTo(parts[part]?.instructions ?? [], ({ node }) => node.startLine <= line);
    return { finding, place: { part, index }, startLine: parts[part]?.instructions[index]?.node.startLine ?? line };
  });
}
