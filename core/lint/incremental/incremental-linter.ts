import type { Instruction } from '../../dockerfile/instructions.ts';
import type { Dockerfile } from '../../dockerfile/stages.ts';
import { FileContext } from '../file-context.ts';
import { fileFacts, type StageFacts } from '../file-facts.ts';
import type { Finding } from '../finding.ts';
import type { LintOptions } from '../lint-options.ts';
import { RULES } from '../rules.ts';
import { type RunScript, runScripts, type ScriptMemory } from '../run-scripts.ts';
import { ofShellCheck } from '../shellcheck-comments.ts';
import { type CheckedScript, shellCheckScripts } from '../shellcheck-scripts.ts';
import type { Step } from '../stage-steps.ts';
import { Suppression } from '../suppression.ts';
import { byPlace, check, partOf } from './check.ts';
import { type JudgedStage, judgeStages } from './judged-stage.ts';
import { sameList } from './same.ts';
import { isStillTrue, matchUnits, placed, type Unit, type UnitInputs } from './unit.ts';

const OF_FILE = RULES.filter(({ scope }) => scope === undefined);
const OF_INSTRUCTION = RULES.filter(({ scope }) => scope === 'instruction');
const OF_SCRIPT = RULES.filter(({ scope }) => scope === 'script');

/** Where an instruction stands among what is known of the file. */
interface Place {
  readonly facts: StageFacts;
  readonly steps: readonly Step[];
}

/**
 * Judges a Dockerfile version after version. Gives what `lintDockerfile` gives of the same text and options, but has the rules
 * that look at one instruction look only at those for which something changed.
 */
export class IncrementalLinter {
  private units: readonly Unit[] = [];
  private stages: readonly JudgedStage[] = [];
  private ground: readonly unknown[] = [];
  private readonly scripts: ScriptMemory = new WeakMap();

  lint(dockerfile: Dockerfile, text: string, options: LintOptions = {}): Finding[] {
    const suppression = new Suppression(dockerfile, options);
    const ground = groundOf(dockerfile, options, suppression);
    const known = matchUnits(sameList(ground, this.ground) ? this.units : [], dockerfile.instructions);
    const at = inOrder(dockerfile.instructions);
    const facts = fileFacts(dockerfile, options, (instruction) => known[at(instruction)]?.step);
    const scripts = runScripts(dockerfile, options.shell, this.scripts);
    const context = new FileContext(dockerfile, text, options, facts, scripts);
    this.units = new Judging(context, suppression, known).units();
    this.stages = judgeStages(context, suppression, { units: this.units, known, stages: this.stages });
    this.ground = ground;
    const findings = [...check(OF_FILE, context, suppression)];
    for (const stage of this.stages) for (const finding of stage.findings) findings.push(finding);
    for (const unit of this.units) {
      for (const finding of unit.findings) findings.push(finding);
      if (unit.shellCheck) for (const finding of unit.shellCheck.findings) findings.push(finding);
    }
    return findings.sort(byPlace);
  }
}

/** Gives the index of each instruction that is asked for in the order of the text. */
function inOrder(instructions: readonly Instruction[]): (instruction: Instruction) => number {
  let index = 0;
  return (instruction) => {
    while (index < instructions.length && instructions[index] !== instruction) index++;
    return index;
  };
}

/** What every finding may hang on. What functions tell is asked anew each time: of images when the stages are walked. */
function groundOf({ syntax }: Dockerfile, { context, ...options }: LintOptions, { ofFile }: Suppression): unknown[] {
  const values = Object.entries(options).flatMap((entry) => (typeof entry[1] === 'function' ? [] : entry));
  return [syntax.escape, ofFile, context?.tree, context?.ignoreFile, ...values];
}

/** One version being judged. */
class Judging {
  /** By the instruction's index. */
  private readonly places: Place[] = [];
  private readonly scripts: RunScript[] = [];
  private readonly checked = new Map<number, CheckedScript[]>();

  constructor(
    private readonly context: FileContext,
    private readonly suppression: Suppression,
    private readonly known: readonly (Unit | undefined)[],
  ) {
    const { instructions } = context.dockerfile;
    const scriptAt = inOrder(instructions);
    for (const script of context.scripts) this.scripts[scriptAt(script.outer)] = script;
    const at = inOrder(instructions);
    for (const facts of context.facts.stages) {
      const own = facts.steps.findIndex((step) => !step.triggered);
      const triggered = own === -1 ? facts.steps : own === 0 ? NO_STEPS : facts.steps.slice(0, own);
      this.places[at(facts.stage.from)] = { facts, steps: triggered };
      for (const step of facts.steps) if (!step.triggered) this.places[at(step.instruction)] = { facts, steps: [step] };
    }
    if (context.options.shellCheck === undefined) return;
    for (const script of shellCheckScripts(context.dockerfile)) {
      const others = this.checked.get(script.at.startLine);
      if (others) others.push(script);
      else this.checked.set(script.at.startLine, [script]);
    }
  }

  units(): Unit[] {
    return this.context.dockerfile.instructions.map((instruction, index) => this.unit(instruction, index));
  }

  private unit(instruction: Instruction, index: number): Unit {
    const place = this.places[index];
    const script = this.scripts[index];
    const step = instruction.kind === 'FROM' ? undefined : place?.steps[0];
    const shell = script?.shell ?? NO_WORDS;
    const offInStage = this.suppression.offInStage(instruction.node);
    const inputs: UnitInputs = { instruction, step, shell, offInStage };
    const known = this.known[index];
    // A FROM that fires triggers has findings of theirs.
    const firesNone = instruction.kind !== 'FROM' || (place?.steps.length ?? 0) === 0;
    const holds = known !== undefined && firesNone && isStillTrue(known, inputs);
    const checked = this.checked.get(instruction.node.startLine);
    if (holds && known.instruction === instruction && checked === undefined && known.shellCheck === undefined)
      return known.step === step ? known : { ...inputs, findings: known.findings };
    const findings = holds ? placed(known.findings, known, instruction) : this.findings(instruction, place, script);
    const shellCheck = checked && this.shellCheck(checked, instruction, holds ? known : undefined);
    return shellCheck === undefined ? { ...inputs, findings } : { ...inputs, findings, shellCheck };
  }

  /** What the rules find that look at one instruction, when they see nothing but that. */
  private findings(instruction: Instruction, place: Place | undefined, script: RunScript | undefined): Finding[] {
    const { context, suppression } = this;
    const stage = place && { ...place.facts, stage: { ...place.facts.stage, instructions: [] }, steps: place.steps };
    const part = partOf(context, [instruction], stage, script ? [script] : []);
    const found = [...check(OF_INSTRUCTION, part, suppression)];
    if (script !== undefined) found.push(...check(OF_SCRIPT, part, suppression));
    return found.sort(byPlace);
  }

  private shellCheck(scripts: readonly CheckedScript[], now: Instruction, known: Unit | undefined): Unit['shellCheck'] {
    const heads = scripts.map(({ head }) => head).join('\0');
    const before = known?.shellCheck;
    if (known && before?.heads === heads) return { heads, findings: placed(before.findings, known, now) };
    const comments = scripts.map((script) => this.context.options.shellCheck?.(script));
    const findings = scripts.flatMap((script, index) =>
      ofShellCheck(script, comments[index] ?? []).flatMap(
        (finding) => this.suppression.ofOthers(finding, script.at) ?? [],
      ),
    );
    // What was not asked yet may be said of the very same scripts later.
    return { heads: comments.includes(undefined) ? '' : heads, findings };
  }
}

const NO_WORDS: readonly string[] = [];
const NO_STEPS: readonly Step[] = [];
