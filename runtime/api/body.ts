import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import { invalid } from '../errors.ts';

const LIMIT = 8 * 1024 * 1024;

/** Reads a JSON body and checks it; an empty one counts as `{}`. */
export async function readJson<T extends z.core.$ZodType>(body: Readable, schema: T): Promise<z.output<T>> {
  const text = (await readText(body)).trim();
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw bad(`is no JSON: ${error.message}`);
    throw error;
  }
  const result = z.safeParse(schema, inOurCase(value ?? {}, schema));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw bad(issue === undefined ? 'does not fit' : `${issue.path.map(String).join('.') || 'itself'}: ${issue.message}`);
}

/** Reads a body as text. Error: EngineError `invalid`, code `body-invalid`, for one of more than 8 MiB. */
export async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT) throw bad(`is larger than ${LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Names of fields count in any case, as for dockerd's parser of JSON: docker-py writes some in its own. */
function inOurCase(value: unknown, schema: z.core.$ZodType): unknown {
  if (!(schema instanceof z.ZodMiniObject) || typeof value !== 'object' || value === null) return value;
  const ours = new Map(Object.keys(schema.shape).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [ours.get(name.toLowerCase()) ?? name, each]));
}

function bad(what: string) {
  return invalid({ code: 'body-invalid', message: `invalid request body: ${what}` });
}
