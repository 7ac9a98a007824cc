import * as z from 'zod/mini';

const Filters = z.record(z.string(), z.union([z.array(z.string()), z.record(z.string(), z.boolean())]));

/** Wanted values by name; a name with several values is met by any one of them. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the `filters` of a query: `{"label":{"x":true}}` (the docker CLI) or `{"label":["x"]}` (dockerode), or nothing.
 * Gives undefined where it is neither.
 */
export function parseFilters(text: string | undefined): Filters | undefined {
  if (text === undefined || text === '') return new Map();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (json === null) return new Map();
  const result = z.safeParse(Filters, json);
  if (!result.success) return undefined;
  const values = (of: z.output<typeof Filters>[string]): string[] =>
    Array.isArray(of) ? of : Object.keys(of).filter((value) => of[value]);
  return new Map(Object.entries(result.data).map(([name, of]) => [name, values(of)]));
}

/** The labels of an object, where it has any. */
type Labels = Readonly<Record<string, string>> | null | undefined;

/** Whether an object with these labels has what a `label` filter wants: every one of `key` or `key=value`. */
export function matchesLabels(labels: Labels, wanted: readonly string[] | undefined): boolean {
  return (wanted ?? []).every((each) => {
    const equals = each.indexOf('=');
    if (equals < 0) return labels?.[each] !== undefined;
    return labels?.[each.slice(0, equals)] === each.slice(equals + 1);
  });
}

/** Whether a prune may take an object for its labels: it has every `label`, and not all of `label!`, as Docker has it. */
export function matchesPruneLabels(labels: Labels, filters: Filters): boolean {
  const without = filters.get('label!') ?? [];
  return matchesLabels(labels, filters.get('label')) && (without.length === 0 || !matchesLabels(labels, without));
}
