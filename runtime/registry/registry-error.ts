import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { type EngineError, forbidden, notFound, unauthorized, unavailable } from '../errors.ts';
import { readJson, readSome } from './answer-body.ts';
import type { HttpAnswer } from './http-client.ts';

const Errors = z.object({
  errors: z.array(z.object({ code: absentAs(z.string(), ''), message: absentAs(z.string(), '') })),
});

const MOST_BODY = 64 << 10;
/** Characters of what a server says that are repeated. */
const MOST_MESSAGE = 400;

/** What a registry answers instead of what was asked for (OCI distribution-spec, Error Codes). */
export interface Refusal {
  readonly status: number;
  /** `MANIFEST_UNKNOWN`; empty where the body is none of the specification's. */
  readonly code: string;
  readonly message: string;
}

/** Reads the refusal, and the body to its end; `redact` hides secrets in what the server says. */
export async function readRefusal(answer: HttpAnswer, redact: (text: string) => string): Promise<Refusal> {
  const body = (await readSome(answer, MOST_BODY)).toString();
  const parsed = Errors.safeParse(readJson(body));
  const first = parsed.success ? parsed.data.errors[0] : undefined;
  return {
    status: answer.status,
    code: first?.code ?? '',
    message: redact(first?.message || answer.statusText || `status ${answer.status}`).slice(0, MOST_MESSAGE),
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

/** The error for a push that was refused, in dockerd's words: `denied: requested access to the resource is denied`. */
export function pushRefused(refusal: Refusal, url: string, isBasic: boolean): EngineError {
  const { status, code, message } = refusal;
  const said = code === '' ? message : `${code.toLowerCase().replaceAll('_', ' ')}: ${message}`;
  const remedies = ['Log in to the registry', 'Check the name of the repository'];
  if (status === 401) {
    return unauthorized({ code: 'push-unauthorized', message: isBasic ? 'no basic auth credentials' : said, remedies });
  }
  if (status === 403) return forbidden({ code: 'push-denied', message: said, remedies });
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
