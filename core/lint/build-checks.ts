import { goQuote } from '../dockerfile/go-quote.ts';
import type { Dockerfile, Stage } from '../dockerfile/stages.ts';
import { cleanPath } from '../match/clean-path.ts';
import type { SourceRange } from '../plan/source-range.ts';
import { type CheckOptions, NO_CHECK_OPTIONS, parseCheckOptions } from './check-options.ts';
import { lintDockerfile } from './lint.ts';
import type { LintOptions } from './lint-options.ts';
import { DEFAULT_SETTINGS } from './lint-settings.ts';
import { buildKitUrl, isBuildKits } from './rule.ts';
import { RULES } from './rules.ts';
import { Suppression } from './suppression.ts';

/** What one of BuildKit's checks finds, in BuildKit's words. */
export interface CheckFinding {
  /** `JSONArgsRecommended`. */
  readonly rule: string;
  readonly message: string;
  /** What the rule asks for, in a sentence. */
  readonly description: string;
  readonly url: string;
  /** Lines from 0, both inclusive: those of the whole instruction. */
  readonly lines: { readonly start: number; readonly end: number };
}

/** What a build knows beside the Dockerfile. */
export interface BuildCheckInputs extends Pick<LintOptions, 'buildArgs' | 'baseOf' | 'platform'> {
  /** Of the build argument BUILDKIT_DOCKERFILE_CHECK: it counts in the place of the file's directive. */
  readonly check?: CheckOptions;
  /** Indices of the stages that are built; all where absent. */
  readonly stages?: ReadonlySet<number>;
  /** Sources of COPY and ADD that .dockerignore leaves out, as the plan over the context has found. */
  readonly ignoredSources?: readonly IgnoredSource[];
}

/** A source that is not there for its instruction, as `.dockerignore` leaves it out. */
export interface IgnoredSource {
  /** Of the instruction, or in it. */
  readonly range: SourceRange;
  readonly path: string;
}

export interface BuildChecks {
  /** In the order of the text. */
  readonly findings: readonly CheckFinding[];
  /** The build is to fail where there are any (`error=true`). */
  readonly fails: boolean;
}

const CHECKS = RULES.filter(isBuildKits);
const BY_CODE = new Map(CHECKS.map((rule) => [rule.code, rule]));

/** Judged when BuildKit turns a stage into steps: where a stage is not needed, it says nothing of it. */
const OF_NEEDED_STAGES: ReadonlySet<string> = new Set([
  ...['CopyIgnoredFile', 'ExposeInvalidFormat', 'ExposeProtoCasing', 'InvalidBaseImagePlatform', 'JSONArgsRecommended'],
  ...['LegacyKeyValueFormat', 'MultipleInstructionsDisallowed', 'SecretsUsedInArgOrEnv', 'UndefinedVar'],
  'WorkdirRelativePath',
]);

/** Found by the plan: no rule of ours. */
const COPY_IGNORED = {
  code: 'CopyIgnoredFile',
  title: 'Attempting to Copy file that is excluded by .dockerignore',
  aliases: [],
  url: buildKitUrl('copy-ignored-file'),
};

/**
 * What a build tells of BuildKit's checks: those that `check` leaves on, of the stages that it needs. Comments of hadolint
 * turn nothing off here, as BuildKit does not read them.
 */
export function buildChecks(dockerfile: Dockerfile, text: string, inputs: BuildCheckInputs): BuildChecks {
  const { check, stages, ignoredSources = [], ...known } = inputs;
  const options: LintOptions = {
    ...known,
    rules: CHECKS,
    settings: { ...DEFAULT_SETTINGS, disableIgnorePragma: true },
    ...(check !== undefined && { check }),
  };
  const found = lintDockerfile(dockerfile, text, options).map(
    ({ code, message, lines, url = '' }): CheckFinding => ({
      ...{ rule: code, message, lines, url },
      description: BY_CODE.get(code)?.title ?? '',
    }),
  );
  const isBuilt = ({ rule, lines }: CheckFinding): boolean => {
    const stage = OF_NEEDED_STAGES.has(rule) ? stageAt(dockerfile.stages, lines.start) : undefined;
    return stage === undefined || stages === undefined || stages.has(stage.index);
  };
  const findings = [...found.filter(isBuilt), ...ignoredFiles(dockerfile, ignoredSources, options)];
  findings.sort((a, b) => a.lines.start - b.lines.start);
  return { findings, fails: (check ?? directiveOf(dockerfile)).error };
}

function ignoredFiles(
  dockerfile: Dockerfile,
  sources: readonly IgnoredSource[],
  options: LintOptions,
): readonly CheckFinding[] {
  if (sources.length === 0) return [];
  const { code, title, url } = COPY_IGNORED;
  const suppression = new Suppression(dockerfile, options);
  if (!suppression.mayRun(COPY_IGNORED)) return [];
  return sources.flatMap(({ range, path }): CheckFinding[] => {
    const line = range.start.line;
    const at = dockerfile.instructions.find(({ node }) => node.startLine <= line && line <= node.endLine);
    if (at?.kind !== 'COPY' && at?.kind !== 'ADD') return [];
    const { node, kind } = at;
    const verb = kind === 'ADD' ? 'Add' : 'Copy';
    const message = `Attempting to ${verb} file ${goQuote(cleanPath(path))} that is excluded by .dockerignore`;
    if (!suppression.allows(COPY_IGNORED, { message, range, at: node })) return [];
    const lines = { start: node.startLine, end: node.endLine };
    return [{ rule: code, message, description: title, url, lines }];
  });
}

function stageAt(stages: readonly Stage[], line: number): Stage | undefined {
  return stages.findLast(({ from }) => from.node.startLine <= line);
}

function directiveOf({ syntax }: Dockerfile): CheckOptions {
  const directive = syntax.directives.find(({ name }) => name === 'check');
  const options = parseCheckOptions(directive?.value.text ?? '');
  return 'problem' in options ? NO_CHECK_OPTIONS : options;
}
