import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import { badBody, readText } from './body-text.ts';

/** Reads a JSON body and checks it; an empty one counts as `{}`. */
export async function readJson<T extends z.core.$ZodType>(body: Readable, schema: T): Promise<z.output<T>> {
  const text = (await readText(body)).trim();
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw badBody(`is no JSON: ${error.message}`);
    throw error;
  }
  const result = z.safeParse(schema, inOurCase(value ?? {}, schema));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badBody(
    issue === undefined ? 'does not fit' : `${issue.path.map(String).join('.') || 'itself'}: ${issue.message}`,
  );
}

/** Names of fields count in any case, as for dockerd's parser of JSON: docker-py writes some in its own. */
function inOurCase(value: unknown, schema: z.core.$ZodType): unknown {
  if (!(schema instanceof z.ZodMiniObject) || typeof value !== 'object' || value === null) return value;
  const ours = new Map(Object.keys(schema.shape).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [ours.get(name.toLowerCase()) ?? name, each]));
}
