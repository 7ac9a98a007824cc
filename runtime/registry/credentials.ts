import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { invalid } from '../errors.ts';

const HUB_NAMES = new Set(['', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);
const text = absentAs(z.string(), '');
/** What docker's clients say of an account (Docker Engine API, AuthConfig). */
export const AuthConfig = z.object({
  username: text,
  password: text,
  auth: text,
  identitytoken: text,
  registrytoken: text,
});
const AuthConfigs = z.record(z.string(), AuthConfig);

/** What the client says of its account at a registry. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A token of the account, to be changed for one of the repository. */
  | { readonly kind: 'identity'; readonly token: string }
  /** A token of the repository. */
  | { readonly kind: 'bearer'; readonly token: string };

export const ANONYMOUS: Credentials = { kind: 'none' };

/** What the client says of its accounts: those at the registry of a domain. */
export type Accounts = (domain: string, signal: AbortSignal) => Credentials | Promise<Credentials>;

/** Finds the account at the registry of a domain where the client says of none. */
export type OwnAccount = (domain: string, signal: AbortSignal) => Promise<Credentials>;

/** Reads an `X-Registry-Auth` header: base64url of an AuthConfig's JSON (Docker Engine API, Authentication). */
export function parseRegistryAuth(header: string | undefined): Credentials {
  return credentialsOf(decoded(header, 'X-Registry-Auth', AuthConfig));
}

/** Reads an `X-Registry-Config` header: base64url of the JSON of AuthConfigs by registry (`POST /build`). */
export function parseRegistryConfig(header: string | undefined): (domain: string) => Credentials {
  const configs = Object.entries(decoded(header, 'X-Registry-Config', AuthConfigs) ?? {});
  const accounts = new Map(configs.map(([registry, config]) => [domainOf(registry), credentialsOf(config)]));
  return (domain) => accounts.get(domain) ?? ANONYMOUS;
}

function decoded<T extends z.core.$ZodType>(
  header: string | undefined,
  name: string,
  schema: T,
): z.output<T> | undefined {
  if (header === undefined || header === '') return undefined;
  // A client that has no accounts may say null.
  const value = readJson(Buffer.from(header, 'base64url').toString());
  if (value === null) return undefined;
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw invalid({ code: 'registry-auth-invalid', message: `the ${name} header is not base64 of JSON` });
}

/** The account that an AuthConfig tells of. */
export function credentialsOf(config: z.output<typeof AuthConfig> | undefined): Credentials {
  if (config === undefined) return ANONYMOUS;
  const { username, password, auth, identitytoken, registrytoken } = config;
  if (registrytoken !== '') return { kind: 'bearer', token: registrytoken };
  if (identitytoken !== '') return { kind: 'identity', token: identitytoken };
  if (username !== '') return { kind: 'password', username, password };
  const [user, ...secret] = Buffer.from(auth, 'base64').toString().split(':');
  return user ? { kind: 'password', username: user, password: secret.join(':') } : ANONYMOUS;
}

/** The domain that docker's configuration means: `https://index.docker.io/v1/` is Docker Hub. */
export function domainOf(registry: string): string {
  const host = registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return HUB_NAMES.has(host) ? 'docker.io' : host;
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
