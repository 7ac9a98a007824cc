import type { InstructionNode } from '../../dockerfile/ast.ts';
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
import { movedFinding } from './moved-finding.ts';
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
  /** What was known of the images that stages start from, in their order. */
  private answers: readonly unknown[] = [];

  /** `change` since the last version; absent where what was found there says nothing. Gives a list for each part. */
  judge(
    context: FileContext,
    suppression: Suppression,
    parts: readonly JudgedPart[],
    change: Change | undefined,
  ): readonly (readonly PlacedFinding[])[] {
    const answers = context.images.flatMap(({ inRegistry, inEngine }) => [inRegistry, inEngine]);
    const isAnswered = sameList(answers, this.answers);
    this.answers = answers;
    const byRule = new Map<Rule, readonly PlacedFinding[]>();
    const byPart: PlacedFinding[][] = parts.map(() => []);
    for (const rule of OF_FILE) {
      const isOld = rule.asksOfImages !== true || isAnswered;
      const kept = change && isOld && concernsNone(rule, change) ? this.kept(rule, change) : undefined;
      const found = kept ?? this.known(rule, placed(check([rule], context, suppression), parts));
      byRule.set(rule, found);
      for (const each of found) byPart[each.place.part]?.push(each);
    }
    this.byRule = byRule;
    return byPart;
  }

  /** What a rule has found, those that it found before being the very same. */
  private known(rule: Rule, found: readonly PlacedFinding[]): readonly PlacedFinding[] {
    const before = this.byRule.get(rule) ?? [];
    const more = found.length - before.length;
    let isBehind = false;
    return found.map((each, index) => {
      const old = before[isBehind ? index - more : index];
      if (old !== undefined && isSame(old, each)) return { ...old, place: each.place };
      isBehind = true;
      return each;
    });
  }

  /** What a rule found before, with its new places; undefined where it looks at something that is not there any more. */
  private kept(rule: Rule, change: Change): PlacedFinding[] | undefined {
    const kept: PlacedFinding[] = [];
    for (const each of this.byRule.get(rule) ?? []) {
      const place = change.placeNow(each.place);
      if (place === undefined) return undefined;
      kept.push(place === each.place ? each : { ...each, place });
    }
    return kept;
  }
}

/** Whether two findings are the same but for their lines. */
function isSame(a: PlacedFinding, b: PlacedFinding): boolean {
  const moved = movedFinding(a.finding, b.startLine - a.startLine);
  return moved.message === b.finding.message && JSON.stringify(moved) === JSON.stringify(b.finding);
}

/** Whether a rule looks at nothing of what changed. */
function concernsNone({ looksAt, runs }: Rule, { removed, added }: Change): boolean {
  if (looksAt === undefined) return false;
  if (looksAt === 'keywords') return sameList(removed.map(keywordOf), added.map(keywordOf));
  const isSeen = (instruction: Instruction): boolean => {
    if (instruction.kind === 'ONBUILD' && instruction.trigger !== undefined && isSeen(instruction.trigger)) return true;
    if (!looksAt.includes(instruction.kind)) return false;
    return instruction.kind !== 'RUN' || runs === undefined || names(instruction.node, runs);
  };
  return !removed.some(isSeen) && !added.some(isSeen);
}

function names({ source }: InstructionNode, words: readonly string[]): boolean {
  const text = source.replace(/["'\\`\r\n]/g, '');
  return words.some((word) => text.includes(word));
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
