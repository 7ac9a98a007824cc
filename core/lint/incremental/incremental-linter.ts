import type { Dockerfile, Stage } from '../../dockerfile/stages.ts';
import { FileContext } from '../file-context.ts';
import { type FactsMemory, fileFacts, type GlobalScopes, type WalkedStage } from '../file-facts.ts';
import type { LintOptions } from '../lint-options.ts';
import { runScripts, ScriptMemory } from '../run-scripts.ts';
import { ScriptShells } from '../script-shell.ts';
import { Suppression } from '../suppression.ts';
import { Change } from './change.ts';
import { CheckedUnits } from './checked-units.ts';
import { FileFindings } from './file-findings.ts';
import { type Findings, FindingsByPart } from './findings.ts';
import { allAtOnce, partByPart } from './fresh-findings.ts';
import { type JudgedPart, type Part, PartJudge } from './judged-part.ts';
import { sameList } from './same.ts';

/** So many new instructions are judged together rather than one by one. */
const MANY = 64;

/**
 * Judges a Dockerfile version after version. Gives what `lintDockerfile` gives of the same text and options, but has the rules
 * that look at one stage or one instruction look only at those for which something changed, and those that look at the whole
 * file only where something changed of what they look at.
 */
export class IncrementalLinter {
  private parts: readonly JudgedPart[] = [];
  private ground: readonly unknown[] = [];
  private scripts = new ScriptMemory();
  private scopes: GlobalScopes | undefined;
  private walked: ReadonlyMap<Stage, WalkedStage> = new Map();
  private hadShellComments = false;
  private readonly ofStages = new WeakMap<Stage, Part>();
  private readonly ofFile = new FileFindings();
  private readonly byPart = new FindingsByPart();

  /** `many`: from how many new instructions on they are judged together. */
  constructor(private readonly many = MANY) {}

  lint(dockerfile: Dockerfile, text: string, options: LintOptions = {}): Findings {
    const suppression = new Suppression(dockerfile, options);
    const ground = groundOf(dockerfile, options, suppression);
    if (!sameList(ground, this.ground)) this.forget();
    this.ground = ground;
    const { stages } = dockerfile;
    const now: Part[] = [{ instructions: dockerfile.above }, ...stages.map((stage) => this.partOf(stage))];
    const hasBefore = this.parts.length > 0;
    const change = new Change(this.parts, now);
    const facts = fileFacts(dockerfile, options, this.factsMemory(stages, change));
    const scripts = runScripts(dockerfile, options.shell, this.scripts);
    const context = new FileContext(dockerfile, text, options, facts, scripts);
    const fresh = change.added.length < this.many ? partByPart : allAtOnce;
    const judge = new PartJudge(suppression, fresh(context, suppression), new CheckedUnits(context, suppression));
    this.parts = now.map((part, index) => {
      const isShipped = index === 0 || facts.shipped.has(index - 1);
      const ground = { facts: facts.stages[index - 1], scripts: scripts[index] ?? [], isShipped };
      const before = change.partBefore(index);
      if (before !== undefined && judge.holds(before, ground)) return before;
      return judge.judge(part, ground, change.unitsOf(index), before);
    });
    // A comment that names a shell is none of the instructions, nor is one that did.
    const { inComments } = new ScriptShells(dockerfile);
    const isKept = hasBefore && !change.isOfComments && !inComments && !this.hadShellComments;
    this.hadShellComments = inComments;
    const ofFile = this.ofFile.judge(context, suppression, this.parts, isKept ? change : undefined);
    return this.byPart.join(this.parts, ofFile);
  }

  private partOf(stage: Stage): Part {
    const known = this.ofStages.get(stage) ?? { stage, instructions: [stage.from, ...stage.instructions] };
    this.ofStages.set(stage, known);
    return known;
  }

  private forget(): void {
    this.parts = [];
    this.scripts = new ScriptMemory();
    this.scopes = undefined;
    this.walked = new Map();
  }

  private factsMemory(stages: readonly Stage[], change: Change): FactsMemory {
    const indices = new Map(stages.map((stage, index) => [stage, index]));
    return {
      scopes: this.scopes,
      walkedOf: (stage) => this.walked.get(stage),
      stepOf: (stage, index) => change.unitsOf(indices.get(stage)! + 1)[index + 1]?.step,
      keep: (scopes, walked) => {
        this.scopes = scopes;
        this.walked = new Map(walked.map((each) => [each.facts.stage, each]));
      },
    };
  }
}

/** What every finding may hang on. What functions tell is asked anew each time: of images when the stages are walked. */
function groundOf({ syntax }: Dockerfile, { context, ...options }: LintOptions, { ofFile }: Suppression): unknown[] {
  const values = Object.entries(options).flatMap((entry) => (typeof entry[1] === 'function' ? [] : entry));
  return [syntax.escape, ofFile, context?.tree, context?.ignoreFile, ...values];
}
