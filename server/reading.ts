import { keysOfPlan } from '../core/disk/plan-keys.ts';
import type { DiskContext } from '../core/disk/read-context.ts';
import type { Parsed, Problem, Range } from '../core/dockerfile/ast.ts';
import type { Instruction } from '../core/dockerfile/instructions.ts';
import { readDockerfile } from '../core/dockerfile/read.ts';
import type { Dockerfile, Stage } from '../core/dockerfile/stages.ts';
import { type DockerSymbol, symbolsOf } from '../core/dockerfile/symbols.ts';
import { Variables } from '../core/dockerfile/variables.ts';
import { formatPlatform } from '../core/image/platform.ts';
import { Findings } from '../core/lint/incremental/findings.ts';
import { type Finding, type LintOptions, lintDockerfile, ownProblems } from '../core/lint/lint.ts';
import type { LintSettings } from '../core/lint/lint-settings.ts';
import { type CheckedScript, shellCheckScripts } from '../core/lint/shellcheck-scripts.ts';
import { predefinedArguments } from '../core/plan/global-arguments.ts';
import type { PlanInputs } from '../core/plan/plan.ts';
import { planDockerfile } from '../core/plan/plan-dockerfile.ts';
import type { PlanMemory } from '../core/plan/plan-memory.ts';
import type { ShellReader } from '../core/shell/shell-script.ts';
import type { ShellWord } from '../core/shell/shell-word.ts';
import type { ShellChecker } from '../core/shellcheck/shell-checker.ts';
import type { ContextPlace, Contexts } from './contexts.ts';
import type { EngineLink } from './engine-link.ts';
import type { HostPackages } from './host-packages.ts';
import { basesOf, type CacheView, PLATFORM, type Preview, stepsOf, usableRecords } from './preview.ts';

const PREDEFINED_VALUES = predefinedArguments(PLATFORM, PLATFORM, '', {});

/** What judging takes beside the text. */
export interface Linter {
  /** Absent where the parser of shells could not be loaded. */
  readonly shell: ShellReader | undefined;
  /** Absent in a workspace that is not trusted: ShellCheck's program is not started there. */
  readonly checker?: ShellChecker | undefined;
  readonly packages?: HostPackages;
  /** How a document is to be judged. */
  settingsOf(uri: string): LintSettings;
  /** Waits until that is known. */
  ready(uri: string): Promise<void>;
}

/** How the text of one version is read and judged. */
export interface Reader {
  read(text: string): Parsed<Dockerfile>;
  lint(dockerfile: Dockerfile, text: string, options: LintOptions): Findings;
  /** Plans of the last version: without what is known of images, and with it. */
  readonly plans?: { readonly first: PlanMemory; readonly full: PlanMemory };
  /** Whether what was read stands elsewhere in a newer version, and says nothing of this one's text any more. */
  readonly isOvertaken?: () => boolean;
  /** The build context as the last version knew it, so that a new one need not wait for it. */
  readonly context?: DiskContext | undefined;
}

const FROM_SCRATCH: Reader = {
  read: readDockerfile,
  lint: (...judged) => new Findings([{ findings: lintDockerfile(...judged), by: 0 }]),
};

/** One version of a document, read once for all features. */
export class Reading {
  readonly dockerfile: Dockerfile;
  /** Errors of the syntax and the instructions, and of `# check=`. */
  readonly problems: readonly Problem[];
  private lines: readonly string[] | undefined;
  private known: readonly DockerSymbol[] | undefined;
  private table: { readonly generation: number; readonly variables: Variables } | undefined;
  /** The newest that was made. */
  private seen: Preview | undefined;
  private linted:
    | {
        readonly generation: number;
        readonly known: number;
        readonly seen: Preview | undefined;
        readonly settings: LintSettings;
        readonly findings: Findings;
      }
    | undefined;
  private previewed: { readonly stamp: string; readonly preview: Promise<Preview> } | undefined;

  constructor(
    readonly uri: string,
    readonly version: number,
    readonly text: string,
    readonly place: ContextPlace | undefined,
    readonly engine: EngineLink,
    private readonly contexts: Contexts,
    private readonly linter: Linter,
    private readonly reader: Reader = FROM_SCRATCH,
  ) {
    const parsed = reader.read(text);
    this.dockerfile = parsed.value;
    this.problems = ownProblems(parsed);
  }

  /** Whether an answer that had to wait cannot be given any more: in a newer version lines have moved, and places with them. */
  get isOvertaken(): boolean {
    return this.reader.isOvertaken?.() === true;
  }

  /** A line without its end; '' behind the last one. */
  line(number: number): string {
    this.lines ??= this.text.split(/\r?\n/);
    return this.lines[number] ?? '';
  }

  /** What stands in a range. */
  textIn({ start, end }: Range): string {
    if (start.line === end.line) return this.line(start.line).slice(start.character, end.character);
    const lines = [this.line(start.line).slice(start.character)];
    for (let number = start.line + 1; number < end.line; number++) lines.push(this.line(number));
    return [...lines, this.line(end.line).slice(0, end.character)].join('\n');
  }

  get lineCount(): number {
    this.lines ??= this.text.split(/\r?\n/);
    return this.lines.length;
  }

  /** Stages, variables and heredocs, with every place that names them. */
  get symbols(): readonly DockerSymbol[] {
    this.known ??= symbolsOf(this.dockerfile);
    return this.known;
  }

  /** Variables with their values, as far as they are known without waiting. */
  get variables(): Variables {
    const { known: generation } = this.engine;
    if (this.table?.generation !== generation) {
      const variables = new Variables(this.dockerfile, {
        predefined: PREDEFINED_VALUES,
        environmentOf: (reference) => this.engine.knownImage(reference)?.env,
      });
      this.table = { generation, variables };
    }
    return this.table.variables;
  }

  /** The walked build context; undefined where there is none. */
  context(): Promise<DiskContext | undefined> {
    return this.readContext();
  }

  /** The packages that this machine knows of; absent where nobody may ask. */
  get hostPackages(): HostPackages | undefined {
    return this.linter.packages;
  }

  /** The commands of a shell script, as words; none where the parser of shells could not be loaded. */
  commandsOf(script: string): readonly (readonly ShellWord[])[] {
    return this.linter.shell?.read(script).commands.map(({ words }) => words) ?? [];
  }

  /** The build context as far as it is known without waiting. */
  get knownContext(): DiskContext | undefined {
    return this.seen === undefined ? this.reader.context : this.seen.context;
  }

  /** What the rules may know by now. */
  get lintOptions(): LintOptions & { readonly settings: LintSettings } {
    const { shell, checker } = this.linter;
    return {
      baseOf: (reference: string) => this.engine.knownImage(reference),
      registryOf: (name: string) => this.engine.registry.known(name),
      platform: formatPlatform(PLATFORM),
      ...(shell && { shell }),
      ...(this.knownContext && { context: this.knownContext }),
      ...(checker && { shellCheck: (script: CheckedScript) => checker.commentsOn(script) }),
      settings: this.linter.settingsOf(this.uri),
    };
  }

  /** What the rules find, by what is known of images and the context without waiting. */
  findings(): readonly Finding[] {
    return this.found().all;
  }

  /** The same, part by part. */
  found(): Findings {
    const { generation, known } = this.engine;
    const { seen, lintOptions: options } = this;
    const { settings } = options;
    const before = this.linted;
    if (
      before?.generation !== generation ||
      before.known !== known ||
      before.seen !== seen ||
      before.settings !== settings
    ) {
      const findings = this.reader.lint(this.dockerfile, this.text, options);
      this.linted = { generation, known, seen, settings, findings };
      return findings;
    }
    return before.findings;
  }

  /** Has ShellCheck look at scripts that it has not seen; says whether it had something to do. */
  async checkScripts(signal: AbortSignal): Promise<boolean> {
    const isNew = (await this.linter.checker?.check(shellCheckScripts(this.dockerfile), signal)) === true;
    if (isNew) this.linted = undefined;
    return isNew;
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
    const found = await this.engine.cacheOf([...new Set(known)]);
    return found && { keys, records: usableRecords(plan.value, keys, found) };
  }

  /** The instruction that has a line. */
  instructionAt(line: number): Instruction | undefined {
    const found = this.dockerfile.instructions[this.instructionsDownTo(line) - 1];
    return found !== undefined && line <= found.node.endLine ? found : undefined;
  }

  /** How many instructions begin on a line or above it. */
  instructionsDownTo(line: number): number {
    const { instructions } = this.dockerfile;
    let low = 0;
    let high = instructions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (instructions[middle]!.node.startLine <= line) low = middle + 1;
      else high = middle;
    }
    return low;
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
    const { plans } = this.reader;
    const first = planDockerfile(this.dockerfile, inputs, plans?.first);
    this.engine.registry.ask(first.value.references);
    const images = await this.engine.imagesOf(first.value.references);
    const plan =
      images.size === 0 ? first : planDockerfile(this.dockerfile, { ...inputs, images: basesOf(images) }, plans?.full);
    const preview = { plan, context, images, steps: stepsOf(plan) };
    this.seen = preview;
    return preview;
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
