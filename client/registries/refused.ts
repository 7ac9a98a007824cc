import { Refusal } from '../../protocol/registry/refusal.ts';
import type { Answer } from './exchange.ts';
import { RegistryError, type RegistryProblem } from './registry-error.ts';

const PROBLEMS: Readonly<Record<number, RegistryProblem>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many-requests',
};

/** The error for an answer that is none of those expected, in the registry's own words where it has some. */
export function refused({ status, headers, body }: Answer, domain: string, path: string): RegistryError {
  const parsed = Refusal.safeParse(parseJson(body));
  const first = parsed.success ? parsed.data.errors[0] : undefined;
  const said = (first?.message || first?.code || '').replace(/\s+/g, ' ').slice(0, 200);
  const problem = PROBLEMS[status] ?? (status >= 500 ? 'unreachable' : 'invalid');
  if (problem === 'too-many-requests') {
    const wait = Number(headers['retry-after']);
    const when = Number.isFinite(wait) && wait > 0 ? `in ${wait} s` : 'later';
    return new RegistryError(problem, domain, `${domain} has had too many requests from here: try again ${when}.`);
  }
  const what = said === '' ? `status ${status}` : `${said} (status ${status})`;
  return new RegistryError(problem, domain, `${domain} refused ${path}: ${what}.`);
}

/** The JSON value of a body; undefined where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
