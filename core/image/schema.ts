import * as z from 'zod/mini';
import { asDiffId, type DiffId, type Digest, parseDigest } from './digest.ts';

/** A field that Go programs leave out, send as null, or send as the type's zero: all mean `fallback`. */
export function absentAs<T extends z.core.$ZodType, D>(type: T, fallback: D) {
  return z.pipe(
    z.optional(z.nullable(type)),
    z.transform((value): z.output<T> | D => value ?? fallback),
  );
}

/** Text that is a `sha256:` digest. */
export const DigestText = z.pipe(
  z.string(),
  z.transform((text, context): Digest => {
    const digest = parseDigest(text);
    if (digest !== undefined) return digest;
    context.issues.push({ code: 'custom', message: 'not a sha256 digest', input: text });
    return z.NEVER;
  }),
);

/** Text that is the digest of a layer's uncompressed tar. */
export const DiffIdText = z.pipe(
  DigestText,
  z.transform((digest): DiffId => asDiffId(digest)),
);

/** What a schema made of unknown JSON: the value, or its problems, one line each. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Applies a schema to unknown JSON. */
export function parseWith<T extends z.ZodMiniType>(schema: T, value: unknown): Parsed<z.output<T>> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return {
    ok: false,
    problems: result.error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`),
  };
}
