import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod/mini';
import type { Range } from '../dockerfile/ast.ts';
import { DEFAULT_SETTINGS, LABEL_TYPES, type LabelType, type LintSettings } from './lint-settings.ts';
import type { FindingSeverity } from './rule.ts';

/** From which severity on findings make a run fail; `none` is no severity: nothing does. */
export const THRESHOLDS = ['error', 'warning', 'info', 'style', 'ignore', 'none'] as const;
export type Threshold = (typeof THRESHOLDS)[number];

/** What `.hadolint.yaml` says (hadolint, configuration). */
export interface HadolintConfig {
  readonly ignored?: readonly string[];
  readonly severities?: ReadonlyMap<string, FindingSeverity>;
  readonly trustedRegistries?: readonly string[];
  readonly labels?: ReadonlyMap<string, LabelType>;
  readonly strictLabels?: boolean;
  readonly disableIgnorePragma?: boolean;
  readonly failureThreshold?: Threshold;
  readonly noFail?: boolean;
  readonly noColor?: boolean;
  readonly verbose?: boolean;
  readonly formats?: readonly string[];
}

const LIST = z.array(z.string('must be text'), 'must be a list');
/** A key without a value, as all of a list's lines are commented out, is none. */
const NAMES = z.nullish(LIST);
const FLAG = z.nullish(z.boolean('must be true or false'));
const SECTION = { error: 'must be a section of names and values' };
const OVERRIDE = {
  error: NAMES,
  warning: NAMES,
  info: NAMES,
  style: NAMES,
};
const CONFIG = {
  ignored: NAMES,
  override: z.nullish(z.object(OVERRIDE, SECTION)),
  trustedRegistries: z.nullish(z.union([z.string(), LIST], 'must be a name or a list of names')),
  'label-schema': z.nullish(
    z.record(z.string(), z.enum([...LABEL_TYPES, ''], `must be one of ${LABEL_TYPES.join(', ')}`), SECTION),
  ),
  'strict-labels': FLAG,
  'disable-ignore-pragma': FLAG,
  'failure-threshold': z.nullish(z.enum(THRESHOLDS, `must be one of ${THRESHOLDS.join(', ')}`)),
  'no-fail': FLAG,
  'no-color': FLAG,
  verbose: FLAG,
  format: z.nullish(z.string('must be text')),
  formats: NAMES,
};
const FILE = z.object(CONFIG, SECTION);

/** Something that is wrong with a configuration, at its place. */
export interface ConfigProblem {
  readonly message: string;
  readonly range: Range;
}

/** A configuration as read. */
export interface ParsedConfig {
  /** Absent where the text cannot be read as one. */
  readonly config?: HadolintConfig;
  /** Why it cannot be read; else the keys in it that mean nothing: `override.eror`. */
  readonly problems: readonly ConfigProblem[];
}

/** Reads a configuration; gives what is wrong with it where it cannot be read. Aliases are limited: a file cannot blow up. */
export function parseHadolintConfig(text: string): ParsedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const rangeOf = (start: number, end: number): Range => ({ start: at(lines, start), end: at(lines, end) });
  if (document.errors.length > 0) {
    return { problems: document.errors.map(({ message, pos }) => ({ message, range: rangeOf(...pos) })) };
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return { problems: [{ message, range: rangeOf(0, text.length) }] };
  }
  const placed = (path: readonly PropertyKey[], message: string): ConfigProblem => {
    return { message, range: rangeOf(...keyOffsets(document, path)) };
  };
  const parsed = FILE.safeParse(raw ?? {});
  if (parsed.success) {
    const unknown = unknownKeys(raw).map((path) => placed(path, path.join('.')));
    return { config: toConfig(parsed.data), problems: unknown };
  }
  return {
    problems: parsed.error.issues.map(({ path, message }) =>
      placed(path, `${path.join('.') || 'the file'}: ${message}`),
    ),
  };
}

/** Where the innermost key on a path stands; the start of the file where there is none. */
function keyOffsets(document: Document, path: readonly PropertyKey[]): [number, number] {
  for (let length = path.length; length > 0; length--) {
    const holder = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (!isMap(holder)) continue;
    const key = holder.items.find(({ key: each }) => isScalar(each) && each.value === path[length - 1])?.key;
    if (isNode(key) && key.range) return [key.range[0], key.range[1]];
  }
  return [0, 0];
}

function at(lines: LineCounter, offset: number): Range['start'] {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(0, line - 1), character: Math.max(0, col - 1) };
}

function unknownKeys(raw: unknown): string[][] {
  const { override, ...rest } = { ...(raw ?? {}) } as Readonly<Record<string, unknown>>;
  return [
    ...Object.keys(rest).flatMap((key) => (key in CONFIG ? [] : [[key]])),
    ...Object.keys(override ?? {}).flatMap((key) => (key in OVERRIDE ? [] : [['override', key]])),
  ];
}

function toConfig(data: z.infer<typeof FILE>): HadolintConfig {
  const { ignored, override, trustedRegistries: trusted, format } = data;
  const severities = new Map<string, FindingSeverity>();
  for (const severity of ['style', 'info', 'warning', 'error'] as const) {
    for (const name of override?.[severity] ?? []) severities.set(name, severity);
  }
  const labels = Object.entries(data['label-schema'] ?? {});
  const formats = [...(data.formats ?? []), ...(format ? [format] : [])];
  return {
    ...(ignored && { ignored }),
    ...(severities.size > 0 && { severities }),
    ...(trusted && { trustedRegistries: typeof trusted === 'string' ? [trusted] : trusted }),
    ...(labels.length > 0 && { labels: new Map(labels.map(([name, type]) => [name, type === '' ? 'text' : type])) }),
    ...given('strictLabels', data['strict-labels']),
    ...given('disableIgnorePragma', data['disable-ignore-pragma']),
    ...given('failureThreshold', data['failure-threshold']),
    ...given('noFail', data['no-fail']),
    ...given('noColor', data['no-color']),
    ...given('verbose', data.verbose),
    ...(formats.length > 0 && { formats }),
  };
}

function given<Key extends keyof HadolintConfig>(key: Key, value: HadolintConfig[Key] | null): HadolintConfig {
  return value === undefined || value === null ? {} : { [key]: value };
}

/** What several configurations come to, as hadolint joins them: lists together, of single values the last. */
export function joinConfigs(configs: readonly HadolintConfig[]): HadolintConfig {
  return {
    ...Object.assign({}, ...configs),
    ignored: configs.flatMap(({ ignored = [] }) => ignored),
    severities: new Map(configs.flatMap(({ severities = [] }) => [...severities])),
    trustedRegistries: configs.flatMap(({ trustedRegistries = [] }) => trustedRegistries),
    labels: new Map(configs.flatMap(({ labels = [] }) => [...labels])),
  };
}

/** The part of a configuration that rules look at. */
export function settingsOf(config: HadolintConfig): LintSettings {
  return {
    ignored: config.ignored ?? DEFAULT_SETTINGS.ignored,
    severities: config.severities ?? DEFAULT_SETTINGS.severities,
    trustedRegistries: config.trustedRegistries ?? DEFAULT_SETTINGS.trustedRegistries,
    labels: config.labels ?? DEFAULT_SETTINGS.labels,
    strictLabels: config.strictLabels ?? DEFAULT_SETTINGS.strictLabels,
    disableIgnorePragma: config.disableIgnorePragma ?? DEFAULT_SETTINGS.disableIgnorePragma,
  };
}
