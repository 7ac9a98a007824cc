import type { Expansion } from '../dockerfile/expand.ts';
import { expandWord } from '../dockerfile/expand.ts';
import type { LexerOptions } from '../dockerfile/shell-lexer.ts';
import { baseStage, type Dockerfile, type Stage } from '../dockerfile/stages.ts';
import { type GlobalScope, globalScope } from './global-scope.ts';
import type { LintOptions } from './lint-options.ts';
import { type Step, type StepMemory, walkStage } from './stage-steps.ts';
import { VariableScope } from './variable-scope.ts';

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
}

/**
 * Walks every stage as BuildKit does when it checks a Dockerfile, but does not stop at what it cannot build. `memory`: steps
 * of an earlier version, so that what nothing changed for is not expanded again.
 */
export function fileFacts(dockerfile: Dockerfile, options: LintOptions, memory?: StepMemory): FileFacts {
  const lexer: LexerOptions = { escape: dockerfile.syntax.escape };
  const buildArgs = options.buildArgs ?? {};
  const globals = globalScope(dockerfile, buildArgs, lexer);
  const defaults = globalScope(dockerfile, {}, lexer);
  const stages: StageFacts[] = [];
  const scopes: VariableScope[] = [];
  for (const stage of dockerfile.stages) {
    const image = stage.from.image && expandWord(stage.from.image.text, globals.lookUp, lexer);
    const platform = stage.from.platform && expandWord(stage.from.platform.text, globals.lookUp, lexer);
    const index = image && baseStage(dockerfile.stages, stage, image.value)?.index;
    const base = index === undefined ? undefined : stages[index];
    const below = index === undefined ? undefined : scopes[index];
    const scope = below?.derive() ?? imageScope(image?.value ?? '', platform?.value ?? '', options);
    const steps = walkStage(stage, base?.stage, { scope, globals, buildArgs, lexer, ...(memory && { memory }) });
    scopes.push(scope);
    stages.push({ stage, steps, ...(base && { base }), ...(image && { image }), ...(platform && { platform }) });
  }
  return { lexer, globals, defaults, stages };
}

function imageScope(reference: string, platform: string, { baseOf }: LintOptions): VariableScope {
  const scope = new VariableScope();
  scope.os = /^windows\b/i.test(platform) ? 'windows' : 'linux';
  if (reference !== 'scratch' && baseOf) {
    const base = baseOf(reference);
    scope.baseKnown = base !== undefined;
    scope.startFrom(base);
  }
  scope.begin();
  return scope;
}
