import * as z from 'zod/mini';
import { familiarName, type Reference } from '../../core/image/reference.ts';
import { absentAs } from '../../core/image/schema.ts';
import { notFound } from '../errors.ts';
import { readAtMost, readJson } from './answer-body.ts';
import { RegistryConnection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { originOf } from './endpoint.ts';
import type { RegistryHosts } from './hosts.ts';
import { manifestRefused } from './registry-error.ts';

const Tags = z.object({ tags: absentAs(z.array(z.string()), [] as string[]) });

/** Bytes of one page. */
const MOST_BYTES = 4 << 20;
/** Whoever has more names tags without an end. */
const MOST_PAGES = 1000;

/** All tags of a repository (OCI distribution-spec, Listing Tags). Error: EngineError `not-found` where there are none. */
export async function fetchTags(
  connection: RegistryConnection,
  reference: Reference,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const name = familiarName(reference);
  const tags: string[] = [];
  let url: string | undefined = connection.url('tags/list');
  for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
    const response = await connection.send(url, {}, signal);
    if (response.status !== 200) throw manifestRefused(await connection.refusal(response), url, name, name);
    const answer = Tags.safeParse(readJson((await readAtMost(response, MOST_BYTES, url)).toString()));
    if (answer.success) tags.push(...answer.data.tags);
    url = connection.next(response, url);
  }
  if (tags.length > 0) return tags;
  throw notFound({ code: 'tags-missing', message: `repository ${name} has no tags`, subject: name });
}

/** All tags of a repository, over a connection of its own. Errors: as those of a pull; `not-found` where there are none. */
export async function remoteTags(
  hosts: RegistryHosts,
  reference: Reference,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const endpoint = originOf(reference.domain, hosts.options);
  const purpose = { endpoint, repository: reference.path, actions: 'pull', credentials } as const;
  using connection = await RegistryConnection.open(hosts, purpose, signal);
  return fetchTags(connection, reference, signal);
}
