import type { Token } from '../dockerfile/ast.ts';
import type { Expansion } from '../dockerfile/expand.ts';
import { expandWord } from '../dockerfile/expand.ts';
import type { ArgInstruction } from '../dockerfile/instructions.ts';
import type { LexerOptions } from '../dockerfile/shell-lexer.ts';
import type { Dockerfile, Stage } from '../dockerfile/stages.ts';
import { type GlobalScope, globalScope } from './global-scope.ts';
import type { LintBase, LintOptions } from './lint-options.ts';
import { shippedStages } from './shipped-stages.ts';
import { type Step, walkStage } from './stage-steps.ts';
import { VariableScope } from './variable-scope.ts';
import { isWindowsImage } from './windows-image.ts';

/** One stage with what its words come to. */
export interface StageFacts {
  readonly stage: Stage;
  /** The stage that it builds on. */
  readonly base?: StageFacts;
  /** What FROM names. */
  readonly image?: Expansion;
  readonly platform?: Expansion;
  /** Triggers of the base stage first. */
  readonly steps: readonly Step[];
}

/** What several rules need to know of a Dockerfile, found out once. */
export interface FileFacts {
  readonly lexer: LexerOptions;
  readonly globals: GlobalScope;
  /** The global scope of a build without build args. */
  readonly defaults: GlobalScope;
  readonly stages: readonly StageFacts[];
  /** The stages of which layers come into images, by index. */
  readonly shipped: ReadonlySet<number>;
}

/** A stage that was walked, with what a later version has to find the same to take it over. */
export interface WalkedStage {
  readonly facts: StageFacts;
  /** As its last instruction leaves it. */
  readonly scope: VariableScope;
  /** What was known of the image that it starts from. */
  readonly brought: LintBase | undefined;
}

/** What the walk over an earlier version found. The options and the escape character must have been the same. */
export interface FactsMemory {
  readonly scopes: GlobalScopes | undefined;
  /** Of the very same stage. */
  walkedOf(stage: Stage): WalkedStage | undefined;
  /** The step of a stage's instruction, by its index, where it was written the same. */
  stepOf(stage: Stage, index: number): Step | undefined;
  /** Takes what a later version can use. */
  keep(scopes: GlobalScopes, walked: readonly WalkedStage[]): void;
}

/** What the ARGs above the first FROM come to, and all that this hangs on. */
export interface GlobalScopes {
  readonly args: readonly ArgInstruction[];
  readonly target: string | undefined;
  readonly globals: GlobalScope;
  readonly defaults: GlobalScope;
}

/**
 * Walks every stage as BuildKit does when it checks a Dockerfile, but does not stop at what it cannot build. With a memory a
 * stage for which nothing changed is not walked again, and its facts are the very same.
 */
export function fileFacts(dockerfile: Dockerfile, options: LintOptions, memory?: FactsMemory): FileFacts {
  const lexer: LexerOptions = { escape: dockerfile.syntax.escape };
  const scopes = globalScopes(dockerfile, options, lexer, memory?.scopes);
  const { globals, defaults } = scopes;
  const hold = memory?.scopes === scopes;
  const walked: WalkedStage[] = [];
  const byName = new Map<string, WalkedStage>();
  for (const stage of dockerfile.stages) {
    const known = hold ? memory.walkedOf(stage) : undefined;
    const image = known ? known.facts.image : expanded(stage.from.image, globals, lexer);
    const below = image && byName.get(image.value);
    const now =
      (known && takenOver(known, below, options)) ?? walk(stage, below, { options, globals, lexer, known, memory });
    walked.push(now);
    if (stage.name !== undefined) byName.set(stage.name, now);
  }
  memory?.keep(scopes, walked);
  const stages = walked.map(({ facts }) => facts);
  return { lexer, globals, defaults, stages, shipped: shippedStages(stages) };
}

function globalScopes(
  dockerfile: Dockerfile,
  { buildArgs = {} }: LintOptions,
  lexer: LexerOptions,
  known: GlobalScopes | undefined,
): GlobalScopes {
  const { globalArgs: args, stages } = dockerfile;
  const target = stages.at(-1)?.name;
  const isSame =
    known !== undefined &&
    known.target === target &&
    known.args.length === args.length &&
    args.every(({ node }, index) => node.source === known.args[index]!.node.source);
  if (isSame) return known;
  const globals = globalScope(dockerfile, buildArgs, lexer);
  return { args, target, globals, defaults: globalScope(dockerfile, {}, lexer) };
}

/** The stage as it was walked before, where it builds on the same. */
function takenOver(known: WalkedStage, below: WalkedStage | undefined, options: LintOptions): WalkedStage | undefined {
  const { base, image } = known.facts;
  if (base !== below?.facts) return undefined;
  return base !== undefined || known.brought === broughtBy(image, options) ? known : undefined;
}

interface WalkInputs {
  readonly options: LintOptions;
  readonly globals: GlobalScope;
  readonly lexer: LexerOptions;
  readonly known: WalkedStage | undefined;
  readonly memory: FactsMemory | undefined;
}

function walk(stage: Stage, below: WalkedStage | undefined, inputs: WalkInputs): WalkedStage {
  const { options, globals, lexer, known, memory } = inputs;
  const image = known ? known.facts.image : expanded(stage.from.image, globals, lexer);
  const platform = known ? known.facts.platform : expanded(stage.from.platform, globals, lexer);
  const base = below?.facts;
  const brought = base === undefined ? broughtBy(image, options) : undefined;
  const scope = below?.scope.derive() ?? imageScope(brought, image, platform, options);
  const steps = walkStage(stage, base?.stage, {
    ...{ scope, globals, buildArgs: options.buildArgs ?? {}, lexer },
    ...(memory && { memory: (index: number) => memory.stepOf(stage, index) }),
  });
  const facts = { stage, steps, ...(base && { base }), ...(image && { image }), ...(platform && { platform }) };
  return { facts, scope, brought };
}

function expanded(token: Token | undefined, { lookUp }: GlobalScope, lexer: LexerOptions): Expansion | undefined {
  return token && expandWord(token.text, lookUp, lexer);
}

function broughtBy(image: Expansion | undefined, { baseOf }: LintOptions): LintBase | undefined {
  const reference = image?.value ?? '';
  return reference === 'scratch' ? undefined : baseOf?.(reference);
}

function imageScope(
  brought: LintBase | undefined,
  image: Expansion | undefined,
  platform: Expansion | undefined,
  { baseOf }: LintOptions,
): VariableScope {
  const scope = new VariableScope();
  if (image?.value !== 'scratch' && baseOf) {
    scope.baseKnown = brought !== undefined;
    scope.startFrom(brought);
  }
  // What is known of an image says more than its name.
  const name = scope.baseKnown ? '' : image?.value;
  scope.os = isWindowsImage(name ?? '', platform?.value) ? 'windows' : 'linux';
  scope.begin();
  return scope;
}
