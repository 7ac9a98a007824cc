import type { Writable } from 'node:stream';
import { familiarReference, parseReference, withDefaultTag } from '../../core/image/reference.ts';
import type { EngineClient } from './engine-client.ts';
import { ProgressPrinter } from './progress-printer.ts';
import { ProgressRecord } from './records.ts';
import { UsageError } from './usage-error.ts';

/** Has the engine pull an image, and shows how it goes on. */
export async function pullImage(
  engine: EngineClient,
  text: string,
  out: Writable & { readonly isTTY?: boolean },
  { platform, signal }: { readonly platform?: string | undefined; readonly signal: AbortSignal },
): Promise<string> {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new UsageError(parsed.problem, text);
  const { tag, digest, ...repository } = withDefaultTag(parsed.reference);
  const lines = engine.lines(ProgressRecord, 'POST', '/images/create', {
    query: { fromImage: familiarReference(repository), tag: digest ?? tag, platform },
    headers: { 'X-Registry-Auth': 'e30=' },
    signal,
  });
  const printer = new ProgressPrinter(out);
  for await (const line of lines) printer.show(line);
  return familiarReference(withDefaultTag(parsed.reference));
}
