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

const NAMES = z.array(z.string());
const CONFIG = z.object({
  ignored: z.optional(NAMES),
  override: z.optional(
    z.object({
      error: z.optional(NAMES),
      warning: z.optional(NAMES),
      info: z.optional(NAMES),
      style: z.optional(NAMES),
    }),
  ),
  trustedRegistries: z.optional(z.union([z.string(), NAMES])),
  'label-schema': z.optional(z.record(z.string(), z.enum([...LABEL_TYPES, '']))),
  'strict-labels': z.optional(z.boolean()),
  'disable-ignore-pragma': z.optional(z.boolean()),
  'failure-threshold': z.optional(z.enum(THRESHOLDS)),
  'no-fail': z.optional(z.boolean()),
  'no-color': z.optional(z.boolean()),
  format: z.optional(z.string()),
});

/** Reads a configuration; gives what is wrong with it where it cannot be read. Aliases are limited: a file cannot blow up. */
export function parseHadolintConfig(text: string): HadolintConfig | { readonly problem: string } {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) return { problem: error.message };
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return { problem: cause instanceof Error ? cause.message : String(cause) };
  }
  const parsed = CONFIG.safeParse(raw ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}` };
  }
  return toConfig(parsed.data);
}

function toConfig(data: z.infer<typeof CONFIG>): HadolintConfig {
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
