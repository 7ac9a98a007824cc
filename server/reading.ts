import { keysOfPlan, type PlanKeys } from '../core/disk/plan-keys.ts';
import type { DiskContext } from '../core/disk/read-context.ts';
import type { Parsed, Problem } from '../core/dockerfile/ast.ts';
import type { Instruction } from '../core/dockerfile/instructions.ts';
import { readDockerfile } from '../core/dockerfile/read.ts';
import type { Dockerfile, Stage } from '../core/dockerfile/stages.ts';
import type { Digest } from '../core/image/digest.ts';
import { normalisePlatform } from '../core/image/platform.ts';
import { type Complaint, checkProblems, judge } from '../core/lint/lint.ts';
import type { LintSettings } from '../core/lint/lint-settings.ts';
import type { PlanInputs, PlannedStep, PlanResult } from '../core/plan/plan.ts';
import { planDockerfile } from '../core/plan/plan-dockerfile.ts';
import type { ShellReader } from '../core/shell/shell-script.ts';
import type { CacheRecord, EngineImage } from '../protocol/lsp.ts';
import type { ContextPlace, Contexts } from './contexts.ts';
import { asBaseImage, type EngineLink } from './engine-link.ts';

const PLATFORM = normalisePlatform({ os: 'linux', architecture: process.arch });

/** What judging takes beside the text. */
export interface Linter {
  /** Absent where the parser of shells could not be loaded. */
  readonly shell: ShellReader | undefined;
  /** How a document is to be judged. */
  settingsOf(uri: string): LintSettings;
  /** Waits until that is known. */
  ready(uri: string): Promise<void>;
}

/** A Dockerfile planned over its context, with what the engine knows of it. */
export interface Preview {
  readonly plan: PlanResult;
  readonly context: DiskContext | undefined;
  readonly images: ReadonlyMap<string, EngineImage>;
}

/** What the engine has in its cache of a plan's steps. */
export interface CacheView {
  readonly keys: PlanKeys;
  readonly records: ReadonlyMap<Digest, CacheRecord>;
}

/** One version of a document, read once for all features. */
export class Reading {
  readonly dockerfile: Dockerfile;
  /** Errors of the syntax and the instructions, and of `# check=`. */
  readonly problems: readonly Problem[];
  private readonly parsed: Parsed<Dockerfile>;
  private judged:
    | {
        readonly preview: Preview | undefined;
        readonly settings: LintSettings;
        readonly complaints: readonly Complaint[];
      }
    | undefined;
  private previewed: { readonly stamp: string; readonly preview: Promise<Preview> } | undefined;

  constructor(
    readonly uri: string,
    readonly version: number,
    readonly text: string,
    readonly place: ContextPlace | undefined,
    private readonly engine: EngineLink,
    private readonly contexts: Contexts,
    private readonly linter: Linter,
  ) {
    this.parsed = readDockerfile(text);
    this.dockerfile = this.parsed.value;
    this.problems = [...this.parsed.problems, ...checkProblems(this.dockerfile)];
  }

  /** All that is wrong; images that the engine does not have count as unknown, and without a preview the context does. */
  complaints(preview: Preview | undefined): readonly Complaint[] {
    const { shell } = this.linter;
    const settings = this.linter.settingsOf(this.uri);
    if (this.judged?.preview === preview && this.judged?.settings === settings) return this.judged.complaints;
    const options = {
      baseOf: (reference: string) => preview?.images.get(reference),
      ...(shell && { shell }),
      ...(preview?.context && { context: preview.context }),
      settings,
    };
    const complaints = judge(this.parsed, this.text, options, preview?.plan.problems);
    this.judged = { preview, settings, complaints };
    return complaints;
  }

  /** The plan of every stage. Read anew when the context or the engine changed. */
  preview(): Promise<Preview> {
    const generation = this.place === undefined ? 0 : this.contexts.generation(this.place.root);
    const stamp = `${generation} ${this.engine.generation}`;
    if (this.previewed?.stamp !== stamp) this.previewed = { stamp, preview: this.plan() };
    return this.previewed.preview;
  }

  /** What the engine has in its cache; undefined where it does not tell. */
  async cache({ plan, context, images }: Preview, signal: AbortSignal): Promise<CacheView | undefined> {
    if (context === undefined) return undefined;
    const bases = basesOf(images);
    const keys = await keysOfPlan(plan.value, context.root, bases, this.contexts.digests, signal);
    const known = [...keys.values()].flat().flatMap((key) => (key.known ? [key.key] : []));
    const records = await this.engine.cacheOf([...new Set(known)]);
    return records && { keys, records };
  }

  /** The instruction that has a line. */
  instructionAt(line: number): Instruction | undefined {
    return this.dockerfile.instructions.find(({ node }) => node.startLine <= line && line <= node.endLine);
  }

  /** The stage that has a line. */
  stageAt(line: number): Stage | undefined {
    return this.dockerfile.stages.findLast(({ range }) => range.start.line <= line);
  }

  private async plan(): Promise<Preview> {
    const [context] = await Promise.all([this.readContext(), this.linter.ready(this.uri)]);
    const inputs: PlanInputs = {
      ...(context && { context: context.tree, ignore: context.ignore }),
      buildArgs: {},
      images: new Map(),
      buildPlatform: PLATFORM,
      allStages: true,
    };
    const first = planDockerfile(this.dockerfile, inputs);
    const images = await this.engine.imagesOf(first.value.references);
    const plan = images.size === 0 ? first : planDockerfile(this.dockerfile, { ...inputs, images: basesOf(images) });
    return { plan, context, images };
  }

  private async readContext(): Promise<DiskContext | undefined> {
    if (this.place === undefined) return undefined;
    try {
      return await this.contexts.read(this.place);
    } catch (error) {
      // A Dockerfile that was never saved has no folder yet.
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
  }
}

/** The planned step of an instruction, by its first line. */
export function stepOf({ plan }: Preview, line: number): PlannedStep | undefined {
  const steps = plan.value.stages.flatMap((stage) => stage.steps);
  return steps.find(({ range, trigger }) => !trigger && range.start.line === line);
}

function basesOf(images: ReadonlyMap<string, EngineImage>) {
  return new Map([...images].map(([reference, image]) => [reference, asBaseImage(image)]));
}
