import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { type EngineError, forbidden, invalid, notFound, unauthorized, unavailable } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

const Errors = z.object({
  errors: z.array(z.object({ code: absentAs(z.string(), ''), message: absentAs(z.string(), '') })),
});

const MOST_BODY = 64 << 10;

/** What a registry answers instead of what was asked for (OCI distribution-spec, Error Codes). */
export interface Refusal {
  readonly status: number;
  /** `MANIFEST_UNKNOWN`; empty where the body is none of the specification's. */
  readonly code: string;
  readonly message: string;
}

/** Reads the refusal, and the body to its end. */
export async function readRefusal(response: Response): Promise<Refusal> {
  const body = (await readSome(response, MOST_BODY)).toString();
  const parsed = Errors.safeParse(readJson(body));
  const first = parsed.success ? parsed.data.errors[0] : undefined;
  return {
    status: response.status,
    code: first?.code ?? '',
    message: first?.message || response.statusText || `status ${response.status}`,
  };
}

/** The error for a manifest that was refused, in dockerd's words. `familiar` is the reference as people write it, `name` its repository. */
export function manifestRefused(refusal: Refusal, url: string, familiar: string, name: string): EngineError {
  if (refusal.status === 404) {
    return notFound({
      code: 'manifest-missing',
      message: `manifest for ${familiar} not found: manifest unknown: manifest unknown`,
      subject: familiar,
    });
  }
  if (refusal.status === 401 || refusal.status === 403) {
    return notFound({
      code: 'pull-denied',
      message: `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: ${refusal.message}`,
      subject: name,
      remedies: ['Check the spelling of the image', 'Log in to its registry'],
    });
  }
  return requestRefused(refusal, url);
}

/** The error for any other request that was refused. */
export function requestRefused(refusal: Refusal, url: string): EngineError {
  const message = `${new URL(url).host} refused ${new URL(url).pathname}: ${refusal.message} (status ${refusal.status}${refusal.code && `, ${refusal.code}`})`;
  if (refusal.status === 401) return unauthorized({ code: 'registry-unauthorized', message });
  if (refusal.status === 403) return forbidden({ code: 'registry-forbidden', message });
  if (refusal.status === 404) return notFound({ code: 'registry-missing', message });
  if (refusal.status === 429) {
    return unavailable({
      code: 'registry-too-many-requests',
      message: `toomanyrequests: ${refusal.message}: wait, log in, or start the engine with --registry-mirror`,
    });
  }
  return unavailable({ code: 'registry-failed', message });
}

/** The error for a server that could not be reached. */
export function unreachable(url: string, cause: unknown): EngineError {
  const { host } = new URL(url);
  return unavailable({
    code: 'registry-unreachable',
    message: `cannot reach the registry ${host} (${reasonOf(cause)}): check the network connection and the image's name, or start the engine with --registry-mirror URL`,
    subject: host,
    cause,
    remedies: ['Check the network connection', 'Start the engine with --registry-mirror URL'],
  });
}

/** Whether trying again may help: the connection broke, rather than there being no way to the server. */
export function isTransient(error: unknown): boolean {
  for (const each of causes(error)) {
    if (hasErrno(each, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT')) return true;
    if (
      each instanceof Error &&
      'code' in each &&
      /^UND_ERR_(SOCKET|BODY_TIMEOUT|HEADERS_TIMEOUT)$/.test(String(each.code))
    )
      return true;
  }
  return false;
}

/** Reads at most `limit` bytes of a body and lets the rest go. */
async function readSome(response: Response, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    parts.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(parts).subarray(0, limit);
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

/** Reads a whole body. Error: EngineError `invalid`, code `registry-answer-too-long`, beyond `limit` bytes. */
export async function readAtMost(response: Response, limit: number, url: string): Promise<Buffer> {
  const body = await readSome(response, limit + 1);
  if (body.length <= limit) return body;
  const { host, pathname } = new URL(url);
  throw invalid({
    code: 'registry-answer-too-long',
    message: `${host} answered ${pathname} with more than ${limit} bytes: this is no container registry, or it is broken`,
    subject: host,
  });
}

function reasonOf(cause: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOTFOUND: 'its name has no address',
    EAI_AGAIN: 'its name cannot be looked up',
    ECONNREFUSED: 'connection refused',
    ENETUNREACH: 'network is unreachable',
    EHOSTUNREACH: 'no route to host',
    ETIMEDOUT: 'no answer in time',
    UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  };
  const all = causes(cause);
  for (const each of all) {
    const reason = each instanceof Error && 'code' in each ? reasons[String(each.code)] : undefined;
    if (reason !== undefined) return reason;
  }
  const last = all.at(-1);
  return last instanceof Error ? last.message : String(last);
}

/** An error with what caused it, outermost first. */
function causes(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let each = error; each !== undefined && found.length < 8; ) {
    found.push(each);
    if (each instanceof AggregateError) each = each.errors[0];
    else each = each instanceof Error ? each.cause : undefined;
  }
  return found;
}
