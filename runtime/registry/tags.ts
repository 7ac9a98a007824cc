import * as z from 'zod/mini';
import { familiarName, type Reference } from '../../core/image/reference.ts';
import { absentAs } from '../../core/image/schema.ts';
import { notFound } from '../errors.ts';
import type { RegistryConnection } from './connection.ts';
import { manifestRefused, readRefusal } from './registry-error.ts';

const Tags = z.object({ tags: absentAs(z.array(z.string()), [] as string[]) });

/** All tags of a repository (OCI distribution-spec, Listing Tags). Error: EngineError `not-found` where there are none. */
export async function fetchTags(
  connection: RegistryConnection,
  reference: Reference,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const name = familiarName(reference);
  const tags: string[] = [];
  for (let url: string | undefined = connection.url('tags/list'); url !== undefined; ) {
    const response = await connection.send(url, {}, signal);
    if (!response.ok) throw manifestRefused(await readRefusal(response), url, name, name);
    const answer = Tags.safeParse(await response.json());
    if (answer.success) tags.push(...answer.data.tags);
    const next: string | undefined = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
    url = next === undefined ? undefined : new URL(next, url).href;
  }
  if (tags.length > 0) return tags;
  throw notFound({ code: 'tags-missing', message: `repository ${name} has no tags`, subject: name });
}
