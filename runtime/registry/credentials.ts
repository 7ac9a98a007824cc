import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { invalid } from '../errors.ts';

const text = absentAs(z.string(), '');
const AuthConfig = z.object({ username: text, password: text, auth: text, identitytoken: text, registrytoken: text });

/** What the client says of its account at a registry. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A token of the account, to be changed for one of the repository. */
  | { readonly kind: 'identity'; readonly token: string }
  /** A token of the repository. */
  | { readonly kind: 'bearer'; readonly token: string };

export const ANONYMOUS: Credentials = { kind: 'none' };

/** Reads an `X-Registry-Auth` header: base64url of an AuthConfig's JSON (Docker Engine API, Authentication). */
export function parseRegistryAuth(header: string | undefined): Credentials {
  if (header === undefined || header === '') return ANONYMOUS;
  const decoded = Buffer.from(header, 'base64url').toString();
  const parsed = AuthConfig.safeParse(readJson(decoded));
  if (!parsed.success) {
    throw invalid({ code: 'registry-auth-invalid', message: 'the X-Registry-Auth header is not base64 of JSON' });
  }
  const { username, password, auth, identitytoken, registrytoken } = parsed.data;
  if (registrytoken !== '') return { kind: 'bearer', token: registrytoken };
  if (identitytoken !== '') return { kind: 'identity', token: identitytoken };
  if (username !== '') return { kind: 'password', username, password };
  const [user, ...secret] = Buffer.from(auth, 'base64').toString().split(':');
  return user ? { kind: 'password', username: user, password: secret.join(':') } : ANONYMOUS;
}

function readJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
