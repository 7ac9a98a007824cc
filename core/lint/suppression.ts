import type { DocLine, InstructionNode, SyntaxTree } from '../dockerfile/ast.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import {
  type CheckOptions,
  type HadolintPragma,
  NO_CHECK_OPTIONS,
  parseCheckOptions,
  parseHadolintPragma,
} from './check-options.ts';
import type { Finding } from './finding.ts';
import type { LintOptions } from './lint-options.ts';
import { DEFAULT_SETTINGS, type LintSettings } from './lint-settings.ts';
import { type FindingSeverity, isBuildKits, type Report, type RuleInfo } from './rule.ts';

/** What a comment above an instruction says. */
interface InstructionOptions {
  readonly check: CheckOptions;
  /** Of `hadolint ignore=`. */
  readonly ignore: ReadonlySet<string>;
}

/** What decides whether a rule is on. */
type Switched = Pick<RuleInfo, 'code' | 'aliases' | 'off' | 'experimental' | 'wholeFile'>;

/**
 * Which findings count: the `check` directive at the head, `# check=…` and `# hadolint ignore=…` above an instruction,
 * `# hadolint stage ignore=…` above FROM, `# hadolint global ignore=…` anywhere, and the options. All of them take codes
 * and aliases of rules alike.
 */
export class Suppression {
  private readonly file: CheckOptions;
  private readonly skipped: ReadonlySet<string>;
  private readonly experiments: ReadonlySet<string>;
  private readonly skipAll: boolean;
  private readonly experimentalAll: boolean;
  private readonly inStage = new Map<InstructionNode, readonly string[]>();
  private readonly above = new Map<InstructionNode, InstructionOptions>();

  private readonly settings: LintSettings;

  constructor(
    { syntax, stages }: Dockerfile,
    { skip = [], experimental = [], settings = DEFAULT_SETTINGS, check }: LintOptions,
  ) {
    this.file = check ?? directiveOptions(syntax);
    this.settings = settings;
    if (!settings.disableIgnorePragma)
      for (const { from, instructions } of stages) {
        const ignored = ignoredBy(from.node.docComment, 'stage');
        if (ignored.length === 0) continue;
        for (const { node } of [from, ...instructions]) this.inStage.set(node, ignored);
      }
    this.skipAll = skip === 'all' || this.file.skipAll;
    this.experimentalAll = experimental === 'all' || this.file.experimentalAll;
    this.skipped = new Set([
      ...(skip === 'all' ? [] : skip),
      ...this.file.skip,
      ...settings.ignored,
      ...(settings.disableIgnorePragma ? [] : ignoredBy(syntax.comments, 'global')),
    ]);
    this.experiments = new Set([...(experimental === 'all' ? [] : experimental), ...this.file.experimental]);
  }

  /** What of it is about the file: while this and the settings are the same, so is what is said of an instruction. */
  get ofFile(): string {
    const { skipAll, experimentalAll, skipped, experiments } = this;
    return JSON.stringify([skipAll, experimentalAll, this.file.error, [...skipped], [...experiments]]);
  }

  /** Codes and aliases that are off for the stage of an instruction. */
  offInStage(node: InstructionNode): readonly string[] {
    return this.inStage.size === 0 ? NONE : (this.inStage.get(node) ?? NONE);
  }

  /** Whether any of a rule's findings may count. An experimental rule may be turned on above an instruction. */
  mayRun(rule: Switched): boolean {
    if (rule.off && this.chosenSeverity(rule) === undefined) return false;
    return rule.experimental === true || !(this.skipAll || names(rule, this.skipped));
  }

  /** Whether a finding counts. */
  allows(rule: Switched, report: Report): boolean {
    const { check, ignore } = this.optionsAbove(report.judged ?? report.at);
    if (names(rule, ignore)) return false;
    if (rule.experimental) {
      const on = this.experimentalAll || names(rule, this.experiments);
      return on || check.experimentalAll || names(rule, new Set(check.experimental));
    }
    return rule.wholeFile === true || !(check.skipAll || names(rule, new Set(check.skip)));
  }

  /** With `check=error=true` what BuildKit warns of fails the build. */
  severity(rule: RuleInfo): FindingSeverity {
    const severity = this.chosenSeverity(rule) ?? rule.severity;
    return this.file.error && severity === 'warning' && isBuildKits(rule) ? 'error' : severity;
  }

  /** A finding of another program's rule about an instruction with the severity that is wanted; undefined where it is off. */
  ofOthers(finding: Finding, at: InstructionNode): Finding | undefined {
    const { code } = finding;
    if (this.skipAll || this.skipped.has(code) || this.optionsAbove(at).ignore.has(code)) return undefined;
    const severity = this.settings.severities.get(code) ?? finding.severity;
    return severity === finding.severity ? finding : { ...finding, severity };
  }

  private chosenSeverity({ code, aliases }: Switched): FindingSeverity | undefined {
    const { severities } = this.settings;
    if (severities.size === 0) return undefined;
    return [code, ...aliases].map((name) => severities.get(name)).find((severity) => severity !== undefined);
  }

  private optionsAbove(node: InstructionNode): InstructionOptions {
    const known = this.above.get(node);
    if (known) return known;
    const { docComment } = node;
    const ignored = this.settings.disableIgnorePragma
      ? []
      : [...ignoredBy(docComment, 'instruction'), ...(this.inStage.get(node) ?? [])];
    const options = { check: commentOptions(docComment), ignore: new Set(ignored) };
    this.above.set(node, options);
    return options;
  }
}

const NONE: readonly string[] = [];

function names({ code, aliases }: Switched, codes: ReadonlySet<string>): boolean {
  return codes.has(code) || aliases.some((alias) => codes.has(alias));
}

function directiveOptions({ directives }: SyntaxTree): CheckOptions {
  const value = directives.find(({ name }) => name === 'check')?.value.text ?? '';
  const options = parseCheckOptions(value);
  return 'problem' in options ? NO_CHECK_OPTIONS : options;
}

/** The first `check=` of a comment counts, up to the first blank. */
function commentOptions(lines: readonly DocLine[]): CheckOptions {
  for (const { text } of lines) {
    const value = /^check\s*=\s*(\S+)/i.exec(text)?.[1];
    if (value === undefined) continue;
    const options = parseCheckOptions(value);
    return 'problem' in options ? NO_CHECK_OPTIONS : options;
  }
  return NO_CHECK_OPTIONS;
}

function ignoredBy(comments: readonly { readonly text: string }[], scope: HadolintPragma['scope']): string[] {
  return comments.flatMap(({ text }) => {
    const pragma = parseHadolintPragma(text);
    return pragma?.scope === scope ? pragma.ignore : [];
  });
}
