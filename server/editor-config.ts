import * as z from 'zod/mini';
import type { HadolintConfig } from '../core/lint/hadolint-config.ts';
import type { FindingSeverity } from '../core/lint/rule.ts';
import type { BuildContexts } from '../protocol/build-contexts.ts';
import { DEFAULT_LIMIT } from './limited-diagnostics.ts';

const SETTINGS = z.object({
  lapstrake: z.object({
    lint: z.object({
      rules: z.optional(z.record(z.string(), z.unknown())),
      trustedRegistries: z.optional(z.array(z.string())),
    }),
  }),
});

const SEVERITY = z.enum(['error', 'warning', 'info', 'style', 'ignore']);

/**
 * What the editor's settings (`lapstrake.lint.*`) say of the rules; nothing where they are of another form. A severity that
 * there is none of, which the editor marks, counts for its own rule alone.
 */
export function editorConfig(settings: unknown): HadolintConfig {
  const parsed = SETTINGS.safeParse(settings);
  if (!parsed.success) return {};
  const { rules = {}, trustedRegistries = [] } = parsed.data.lapstrake.lint;
  const severities = new Map<string, FindingSeverity>();
  const ignored: string[] = [];
  for (const [name, value] of Object.entries(rules)) {
    const severity = SEVERITY.safeParse(value).data;
    if (severity === undefined) continue;
    if (severity === 'ignore') ignored.push(name);
    else severities.set(name, severity);
  }
  return { ignored, severities, trustedRegistries };
}

const CONTEXTS = z.object({
  lapstrake: z.object({ build: z.object({ contexts: z.record(z.string(), z.string()) }) }),
});

/** What the editor's settings say of build contexts (`lapstrake.build.contexts`); nothing where they are of another form. */
export function editorContexts(settings: unknown): BuildContexts {
  const parsed = CONTEXTS.safeParse(settings);
  return parsed.success ? parsed.data.lapstrake.build.contexts : {};
}

const LIMIT = z.object({
  lapstrake: z.object({ lint: z.object({ maxNumberOfProblems: z.number().check(z.gte(1)) }) }),
});

/** How many diagnostics a document may have at most. */
export function problemLimit(settings: unknown): number {
  const parsed = LIMIT.safeParse(settings);
  return parsed.success ? Math.floor(parsed.data.lapstrake.lint.maxNumberOfProblems) : DEFAULT_LIMIT;
}
