import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { within } from '../../core/time/within.ts';
import { invalid, unavailable } from '../errors.ts';
import { runAny } from '../os/spawn.ts';
import { readJson } from './answer-body.ts';
import type { Credentials } from './credentials.ts';
import type { Environment } from './proxy.ts';

const Answer = z.object({ Username: absentAs(z.string(), ''), Secret: absentAs(z.string(), '') });

/** How helpers say that the secret is a token rather than a password. */
const TOKEN_USER = '<token>';
/** Milliseconds that a helper may take: it may ask the user to unlock something. */
const PATIENCE = 60_000;
const MOST_OUTPUT = 1 << 20;

export interface HelperGround {
  /** The helper's own environment: it finds the user's session by it. */
  readonly env: Environment;
}

export interface HelperAccount {
  readonly server: string;
  readonly credentials: Credentials;
  /** Where the credentials are a token. */
  readonly username: string;
}

/**
 * Asks `docker-credential-<helper>` for an account; undefined where it has none. Errors: EngineError `invalid` for a
 * helper of an odd name, `unavailable` for one that fails or is not installed.
 */
export async function askHelper(
  ground: HelperGround,
  helper: string,
  server: string,
  signal?: AbortSignal,
): Promise<Credentials | undefined> {
  const output = await runHelper(ground, helper, 'get', server, signal);
  if (output === undefined) return undefined;
  const parsed = Answer.safeParse(readJson(output));
  if (!parsed.success) {
    throw unavailable({
      code: 'credential-helper-failed',
      message: `${programOf(helper)} answered something else than an account`,
    });
  }
  const { Username: username, Secret: secret } = parsed.data;
  if (username === '' && secret === '') return undefined;
  if (username === TOKEN_USER) return { kind: 'identity', token: secret };
  return { kind: 'password', username, password: secret };
}

/** Has a helper keep an account. Errors: as `askHelper`. */
export async function storeInHelper(
  ground: HelperGround,
  helper: string,
  { server, credentials }: HelperAccount,
  signal?: AbortSignal,
): Promise<void> {
  const account =
    credentials.kind === 'password'
      ? { Username: credentials.username, Secret: credentials.password }
      : { Username: TOKEN_USER, Secret: credentials.kind === 'none' ? '' : credentials.token };
  await runHelper(ground, helper, 'store', JSON.stringify({ ServerURL: server, ...account }), signal);
}

/** Has a helper forget an account. Errors: as `askHelper`. */
export async function eraseFromHelper(
  ground: HelperGround,
  helper: string,
  server: string,
  signal?: AbortSignal,
): Promise<void> {
  await runHelper(ground, helper, 'erase', server, signal);
}

/** What the helper printed; undefined where it says that it has no such account. */
async function runHelper(
  { env }: HelperGround,
  helper: string,
  action: 'get' | 'store' | 'erase',
  input: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const program = programOf(helper);
  const { exitCode, stdout } = await runAny(program, [action], {
    env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    input,
    maxOutput: MOST_OUTPUT,
    signal: within(PATIENCE, signal),
  });
  if (exitCode === 0) return stdout.toString();
  const said = stdout.toString().trim().split('\n').at(-1) ?? '';
  if (/credentials not found/i.test(said)) return undefined;
  throw unavailable({
    code: 'credential-helper-failed',
    message: `error getting credentials - ${program} ${action} ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}`,
    subject: program,
  });
}

function programOf(helper: string): string {
  if (/^[\w][\w.-]*$/.test(helper)) return `docker-credential-${helper}`;
  throw invalid({
    code: 'credential-helper-invalid',
    message: `"${helper}" is no name of a credential helper`,
    subject: helper,
  });
}
