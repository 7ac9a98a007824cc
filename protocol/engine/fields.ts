import * as z from 'zod/mini';

/** A field that Go clients leave out, send as null, or send as the type's zero: all mean `fallback`. */
export function field<T extends z.core.$ZodType, D>(type: T, fallback: D) {
  return z.pipe(
    z.optional(z.nullable(type)),
    z.transform((value): z.output<T> | D => value ?? fallback),
  );
}

export const text = field(z.string(), '');
export const flag = field(z.boolean(), false);
export const integer = field(z.number(), 0);
export const texts = field(z.array(z.string()), [] as string[]);
export const textMap = field(z.record(z.string(), z.string()), {} as Record<string, string>);
/** A set, as Go sends one: `{"80/tcp": {}}`. */
export const textSet = field(z.record(z.string(), z.unknown()), {} as Record<string, unknown>);
/** A command: a list, or one word as text (as docker-py sends). */
export const command = field(
  z.union([
    z.array(z.string()),
    z.pipe(
      z.string(),
      z.transform((word) => [word]),
    ),
  ]),
  undefined,
);
export const optionalTexts = field(z.array(z.string()), undefined);
export const optionalText = field(z.string(), undefined);
export const optionalInteger = field(z.number(), undefined);
export const optionalFlag = field(z.boolean(), undefined);
