import type { FindingSeverity } from './rule.ts';

/** What the value of a label has to be (hadolint, label schema). */
export const LABEL_TYPES = ['email', 'hash', 'text', 'rfc3339', 'semver', 'spdx', 'url'] as const;
export type LabelType = (typeof LABEL_TYPES)[number];

/** How a project wants its Dockerfiles judged: what `.hadolint.yaml`, options and the editor's settings say. */
export interface LintSettings {
  /** Codes or aliases of rules to leave out. */
  readonly ignored: readonly string[];
  /** Severities by code or alias. */
  readonly severities: ReadonlyMap<string, FindingSeverity>;
  /** Registries that images may come from; any, where there is none. A `*` at the start or the end stands for anything. */
  readonly trustedRegistries: readonly string[];
  /** Labels that an image must have, and what they hold. */
  readonly labels: ReadonlyMap<string, LabelType>;
  /** No other labels. */
  readonly strictLabels: boolean;
  /** Comments turn nothing off. */
  readonly disableIgnorePragma: boolean;
}

export const DEFAULT_SETTINGS: LintSettings = {
  ignored: [],
  severities: new Map(),
  trustedRegistries: [],
  labels: new Map(),
  strictLabels: false,
  disableIgnorePragma: false,
};
