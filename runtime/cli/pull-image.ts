import type { Writable } from 'node:stream';
import { familiarReference, parseReference, withDefaultTag } from '../../core/image/reference.ts';
import type { EngineClient } from './engine-client.ts';
import { ProgressPrinter } from './progress-printer.ts';
import { ProgressRecord } from './records.ts';
import { UsageError } from './usage-error.ts';

export interface PullOptions {
  readonly platform?: string | undefined;
  readonly tags?: 'one' | 'all';
  /** Headers that tell of the user's account at the registry of a domain. */
  readonly account: (domain: string) => Promise<Readonly<Record<string, string>>>;
  readonly signal: AbortSignal;
}

/** Has the engine pull an image, and shows how it goes on. Gives the name of what was pulled. */
export async function pullImage(
  engine: EngineClient,
  text: string,
  out: Writable & { readonly isTTY?: boolean },
  { platform, tags = 'one', account, signal }: PullOptions,
): Promise<string> {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new UsageError(parsed.problem, text);
  const wanted = tags === 'all' ? parsed.reference : withDefaultTag(parsed.reference);
  if (tags === 'all' && (wanted.tag !== undefined || wanted.digest !== undefined)) {
    throw new UsageError("tag can't be used with --all-tags/-a", text);
  }
  const { tag, digest, ...repository } = wanted;
  const lines = engine.lines(ProgressRecord, 'POST', '/images/create', {
    query: { fromImage: familiarReference(repository), tag: digest ?? tag, platform },
    headers: await account(repository.domain),
    signal,
  });
  const printer = new ProgressPrinter(out);
  for await (const line of lines) printer.show(line);
  return familiarReference(wanted);
}
