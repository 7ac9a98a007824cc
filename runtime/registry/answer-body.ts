import { invalid } from '../errors.ts';
import type { HttpAnswer } from './http-client.ts';

/** Reads at most `limit` bytes of a body and lets the rest go. */
export async function readSome({ body }: HttpAnswer, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    parts.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(parts).subarray(0, limit);
}

/** Reads a whole body. Error: EngineError `invalid`, code `registry-answer-too-long`, beyond `limit` bytes. */
export async function readAtMost(answer: HttpAnswer, limit: number, url: string): Promise<Buffer> {
  const body = await readSome(answer, limit + 1);
  if (body.length <= limit) return body;
  const { host, pathname } = new URL(url);
  throw invalid({
    code: 'registry-answer-too-long',
    message: `${host} answered ${pathname} with more than ${limit} bytes: this is no container registry, or it is broken`,
    subject: host,
  });
}

/** A text as JSON; undefined where it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
