import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
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
  readonly format?: string;
}

const NAMES = z.array(z.string('must be text'), 'must be a list');
const FLAG = z.optional(z.boolean('must be true or false'));
const SECTION = { error: 'must be a section of names and values' };
const OVERRIDE = {
  error: z.optional(NAMES),
  warning: z.optional(NAMES),
  info: z.optional(NAMES),
  style: z.optional(NAMES),
};
const CONFIG = {
  ignored: z.optional(NAMES),
  override: z.optional(z.object(OVERRIDE, SECTION)),
  trustedRegistries: z.optional(z.union([z.string(), NAMES], 'must be a name or a list of names')),
  'label-schema': z.optional(
    z.record(z.string(), z.enum([...LABEL_TYPES, ''], `must be one of ${LABEL_TYPES.join(', ')}`), SECTION),
  ),
  'strict-labels': FLAG,
  'disable-ignore-pragma': FLAG,
  'failure-threshold': z.optional(z.enum(THRESHOLDS, `must be one of ${THRESHOLDS.join(', ')}`)),
  'no-fail': FLAG,
  'no-color': FLAG,
  format: z.optional(z.string('must be text')),
};
const FILE = z.object(CONFIG, SECTION);

/** A configuration, with the keys that mean nothing in it: `override.eror`. */
export interface ParsedConfig {
  readonly config: HadolintConfig;
  readonly unknown: readonly string[];
}

/** Reads a configuration; gives what is wrong with it where it cannot be read. Aliases are limited: a file cannot blow up. */
export function parseHadolintConfig(text: string): ParsedConfig | { readonly problem: string } {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) return { problem: error.message };
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return { problem: cause instanceof Error ? cause.message : String(cause) };
  }
  const parsed = FILE.safeParse(raw ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}` };
  }
  return { config: toConfig(parsed.data), unknown: unknownKeys(raw) };
}

function unknownKeys(raw: unknown): string[] {
  const { override, ...rest } = { ...(raw ?? {}) } as Readonly<Record<string, unknown>>;
  return [
    ...Object.keys(rest).filter((key) => !(key in CONFIG)),
    ...Object.keys(override ?? {}).flatMap((key) => (key in OVERRIDE ? [] : `override.${key}`)),
  ];
}

function toConfig(data: z.infer<typeof FILE>): HadolintConfig {
  const { ignored, override = {}, trustedRegistries: trusted, format } = data;
  const severities = new Map<string, FindingSeverity>();
  for (const severity of ['style', 'info', 'warning', 'error'] as const) {
    for (const name of override[severity] ?? []) severities.set(name, severity);
  }
  const labels = Object.entries(data['label-schema'] ?? {});
  return {
    ...(ignored && { ignored }),
    ...(severities.size > 0 && { severities }),
    ...(trusted !== undefined && { trustedRegistries: typeof trusted === 'string' ? [trusted] : trusted }),
    ...(labels.length > 0 && { labels: new Map(labels.map(([name, type]) => [name, type === '' ? 'text' : type])) }),
    ...(data['strict-labels'] !== undefined && { strictLabels: data['strict-labels'] }),
    ...(data['disable-ignore-pragma'] !== undefined && { disableIgnorePragma: data['disable-ignore-pragma'] }),
    ...(data['failure-threshold'] && { failureThreshold: data['failure-threshold'] }),
    ...(data['no-fail'] !== undefined && { noFail: data['no-fail'] }),
    ...(data['no-color'] !== undefined && { noColor: data['no-color'] }),
    ...(format !== undefined && { format }),
  };
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
