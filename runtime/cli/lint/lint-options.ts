import { type HadolintConfig, THRESHOLDS, type Threshold } from '../../../core/lint/hadolint-config.ts';
import { LABEL_TYPES, type LabelType } from '../../../core/lint/lint-settings.ts';
import type { FindingSeverity } from '../../../core/lint/rule.ts';
import type { Arguments, Options } from '../arguments.ts';
import { UsageError } from '../usage-error.ts';
import { isLintFormat, LINT_FORMATS, type LintFormat } from './formats.ts';

/** hadolint's options, and our own. */
export const LINT_OPTIONS = {
  config: { type: 'string', short: 'c' },
  context: { type: 'string' },
  'disable-ignore-pragma': { type: 'boolean' },
  error: { type: 'string', multiple: true },
  'failure-threshold': { type: 'string', short: 't' },
  'file-path-in-report': { type: 'string' },
  format: { type: 'string', short: 'f', multiple: true },
  ignore: { type: 'string', multiple: true },
  info: { type: 'string', multiple: true },
  'no-color': { type: 'boolean' },
  'no-fail': { type: 'boolean' },
  output: { type: 'string', short: 'o', multiple: true },
  registry: { type: 'boolean' },
  'require-label': { type: 'string', multiple: true },
  'strict-labels': { type: 'boolean' },
  style: { type: 'string', multiple: true },
  'trusted-registry': { type: 'string', multiple: true },
  verbose: { type: 'boolean', short: 'V' },
  warning: { type: 'string', multiple: true },
} as const satisfies Options;

const FORMATS = Object.keys(LINT_FORMATS).join(', ');

/** One line for each option. */
export const LINT_HELP: Readonly<Record<keyof typeof LINT_OPTIONS, string>> = {
  config: 'the .hadolint.yaml to read instead of the one that is found',
  context: 'the folder that COPY takes from: tells also what is missing there, ignored, or should not come along',
  'disable-ignore-pragma': 'comments turn nothing off',
  error: 'a rule that is to be an error; may be repeated',
  'failure-threshold': `from which severity on to end with 1 (${THRESHOLDS.join(', ')}; default: info)`,
  'file-path-in-report': 'the name of the file that reports have',
  format: `${FORMATS}; default: tty; may be repeated, each for the output of the same place`,
  ignore: 'a rule to leave out; may be repeated',
  info: 'a rule that is only to inform; may be repeated',
  'no-color': 'never colour',
  'no-fail': 'end with 0 whatever is found',
  output: 'the file to write the report to; may be repeated',
  registry:
    'ask the registries of base images, as the editor does (takes the network; what does not answer is left out): tags that do not exist, newer digests, platforms that an image lacks',
  'require-label': 'a label that images must have, as NAME:TYPE; may be repeated',
  'strict-labels': 'no labels but those',
  style: 'a rule that is only a matter of style; may be repeated',
  'trusted-registry': 'a registry that images may come from; may be repeated',
  verbose: 'tell which configuration is read',
  warning: 'a rule that is to be a warning; may be repeated',
};

/** What the command line says of the rules. Error: UsageError. */
export function configOfArguments(args: Arguments): HadolintConfig {
  const severities = new Map<string, FindingSeverity>();
  for (const severity of ['style', 'info', 'warning', 'error'] as const) {
    for (const name of args.texts(severity)) severities.set(name, severity);
  }
  const threshold = args.text('failure-threshold');
  return {
    ignored: args.texts('ignore'),
    severities,
    trustedRegistries: args.texts('trusted-registry'),
    labels: new Map(args.texts('require-label').map(readLabel)),
    ...(args.has('strict-labels') && { strictLabels: true }),
    ...(args.has('disable-ignore-pragma') && { disableIgnorePragma: true }),
    ...(args.has('no-fail') && { noFail: true }),
    ...(args.has('no-color') && { noColor: true }),
    ...(args.has('verbose') && { verbose: true }),
    ...(threshold !== undefined && { failureThreshold: readThreshold(threshold) }),
  };
}

const TRUE = ['1', 'y', 'on', 'true', 'yes'];

/** What hadolint's environment variables say; what cannot be read counts for nothing, as there. */
export function configOfEnvironment(env: Readonly<Record<string, string | undefined>>): HadolintConfig {
  const list = (name: string): string[] => env[name]?.split(',').filter((each) => each !== '') ?? [];
  const flag = (name: string): boolean | undefined =>
    env[name] === undefined ? undefined : TRUE.includes(env[name].toLowerCase());
  const severities = new Map<string, FindingSeverity>();
  for (const severity of ['style', 'info', 'warning', 'error'] as const) {
    for (const name of list(`HADOLINT_OVERRIDE_${severity.toUpperCase()}`)) severities.set(name, severity);
  }
  const threshold = THRESHOLDS.find((each) => each === env.HADOLINT_FAILURE_THRESHOLD);
  const strict = flag('HADOLINT_STRICT_LABELS');
  const disable = flag('HADOLINT_DISABLE_IGNORE_PRAGMA');
  const noFail = flag('HADOLINT_NOFAIL');
  const verbose = flag('HADOLINT_VERBOSE');
  const formats = list('HADOLINT_FORMAT').filter(isLintFormat);
  return {
    ignored: list('HADOLINT_IGNORE'),
    severities,
    trustedRegistries: list('HADOLINT_TRUSTED_REGISTRIES'),
    labels: new Map(list('HADOLINT_REQUIRE_LABELS').flatMap((text) => labelOf(text) ?? [])),
    ...(strict !== undefined && { strictLabels: strict }),
    ...(disable !== undefined && { disableIgnorePragma: disable }),
    ...(noFail !== undefined && { noFail }),
    ...(env.NO_COLOR !== undefined && { noColor: true }),
    ...(verbose !== undefined && { verbose }),
    ...(threshold !== undefined && { failureThreshold: threshold }),
    ...(formats.length > 0 && { formats }),
  };
}

/**
 * The formats that are asked for, with the files that they go to: as hadolint has it, the first to the first, and where there
 * are more files than formats, `tty` to the rest. Error: UsageError.
 */
export function reportsOfArguments(args: Arguments, config: HadolintConfig): { format: LintFormat; file?: string }[] {
  const { formats: configured = [] } = config;
  const named = args.texts('format');
  const [formats, by] = named.length > 0 ? [named, '--format'] : [configured, 'the configured format'];
  const files = args.texts('output');
  return Array.from({ length: Math.max(1, formats.length, files.length) }, (_, index) => {
    const [format = 'tty', file = '-'] = [formats[index], files[index]];
    if (!isLintFormat(format)) throw new UsageError(`${by} is one of ${FORMATS}, not '${format}'`);
    return { format, ...(file !== '-' && { file }) };
  });
}

function readThreshold(text: string): Threshold {
  const threshold = THRESHOLDS.find((each) => each === text);
  if (threshold === undefined) throw new UsageError(`--failure-threshold is one of ${THRESHOLDS.join(', ')}`);
  return threshold;
}

function readLabel(text: string): readonly [string, LabelType] {
  const [label] = labelOf(text) ?? [];
  if (label === undefined)
    throw new UsageError(`--require-label is NAME:TYPE with a type of ${LABEL_TYPES.join(', ')}`);
  return label;
}

function labelOf(text: string): (readonly [string, LabelType])[] | undefined {
  const at = text.indexOf(':');
  const name = at === -1 ? text : text.slice(0, at);
  const type = at === -1 || at === text.length - 1 ? 'text' : text.slice(at + 1);
  const known = LABEL_TYPES.find((each) => each === type);
  return known === undefined ? undefined : [[name, known]];
}
