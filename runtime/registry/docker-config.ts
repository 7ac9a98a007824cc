import { mkdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { writeFileAtomically } from '../store/atomic-file.ts';
import { readJson } from './answer-body.ts';
import { askHelper, eraseFromHelper, type HelperGround, storeInHelper } from './credential-helper.ts';
import { ANONYMOUS, AuthConfig, type Credentials, credentialsOf, domainOf } from './credentials.ts';
import type { Environment } from './proxy.ts';

/** Kept as it is, whatever else other tools put there. */
const Auth = z.record(z.string(), z.unknown());
const ConfigFile = z.looseObject({
  auths: absentAs(z.record(z.string(), Auth), {} as Record<string, z.output<typeof Auth>>),
  credsStore: absentAs(z.string(), ''),
  credHelpers: absentAs(z.record(z.string(), z.string()), {} as Record<string, string>),
});
type ConfigFile = z.output<typeof ConfigFile>;

/** Docker's name for Docker Hub in its configuration. */
const HUB_KEY = 'https://index.docker.io/v1/';

/** Where an account was put. */
export interface StoredAccount {
  /** Path of the file that holds it unencrypted; undefined where a helper keeps it. */
  readonly unencrypted: string | undefined;
}

/** The accounts in docker's own configuration, `~/.docker/config.json`, and in the credential helpers that it names. */
export class DockerConfig {
  readonly path: string;
  readonly #ground: HelperGround;

  constructor(env: Environment, home: string) {
    this.path = join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json');
    this.#ground = { env };
  }

  /** The account at a registry. Errors: EngineError `invalid` for a file that is no configuration, `unavailable` for a helper that fails. */
  async credentialsOf(domain: string, signal?: AbortSignal): Promise<Credentials> {
    const config = await this.#read();
    const helper = helperFor(config, domain);
    if (helper !== undefined) {
      const found = await askHelper(this.#ground, helper, keyOf(domain), signal);
      if (found !== undefined) return found;
    }
    const key = keysOf(config, domain)[0];
    if (key === undefined) return ANONYMOUS;
    const account = AuthConfig.safeParse(config.auths[key]);
    return account.success ? credentialsOf(account.data) : ANONYMOUS;
  }

  /** Keeps an account: in the helper that the configuration names for the registry, else in the file. */
  async store(
    domain: string,
    credentials: Credentials,
    username: string,
    signal?: AbortSignal,
  ): Promise<StoredAccount> {
    const config = await this.#read();
    const helper = helperFor(config, domain);
    const key = keyOf(domain);
    const others = without(config.auths, keysOf(config, domain));
    if (helper !== undefined) {
      await storeInHelper(this.#ground, helper, { server: key, credentials, username }, signal);
      // An empty entry tells docker's tools that there is an account.
      await this.#write({ ...config, auths: { ...others, [key]: {} } });
      return { unencrypted: undefined };
    }
    await this.#write({ ...config, auths: { ...others, [key]: encoded(credentials, username) } });
    return { unencrypted: this.path };
  }

  /** Forgets the account at a registry; false where there was none. */
  async erase(domain: string, signal?: AbortSignal): Promise<boolean> {
    const config = await this.#read();
    const keys = keysOf(config, domain);
    const helper = helperFor(config, domain);
    if (keys.length === 0) return false;
    if (helper !== undefined) await eraseFromHelper(this.#ground, helper, keyOf(domain), signal);
    await this.#write({ ...config, auths: without(config.auths, keys) });
    return true;
  }

  async #read(): Promise<ConfigFile> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error;
      text = '{}';
    }
    const parsed = ConfigFile.safeParse(readJson(text.trim() === '' ? '{}' : text));
    if (parsed.success) return parsed.data;
    throw invalid({
      code: 'docker-config-invalid',
      message: `${this.path} is no configuration of docker: ${z.prettifyError(parsed.error)}`,
      subject: this.path,
    });
  }

  async #write(config: Record<string, unknown>): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const { credsStore, credHelpers, ...rest } = config;
    const whole = {
      ...rest,
      ...(credsStore === '' ? {} : { credsStore }),
      ...(Object.keys(credHelpers as object).length === 0 ? {} : { credHelpers }),
    };
    // A link to a file that is kept elsewhere stays a link.
    await writeFileAtomically(await targetOf(this.path), `${JSON.stringify(whole, null, '\t')}\n`);
  }
}

async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return path;
    throw error;
  }
}

function keyOf(domain: string): string {
  return domain === 'docker.io' ? HUB_KEY : domain;
}

/** Entries that mean the registry, the exact one first. */
function keysOf({ auths }: ConfigFile, domain: string): string[] {
  const key = keyOf(domain);
  const others = Object.keys(auths).filter((each) => each !== key && domainOf(each) === domain);
  return key in auths ? [key, ...others] : others;
}

function helperFor({ credHelpers, credsStore }: ConfigFile, domain: string): string | undefined {
  return credHelpers[domain] ?? credHelpers[keyOf(domain)] ?? (credsStore || undefined);
}

function without<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

function encoded(credentials: Credentials, username: string): Record<string, string> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  if (credentials.kind === 'password') return { auth: base64(`${credentials.username}:${credentials.password}`) };
  if (credentials.kind === 'identity') return { auth: base64(`${username}:`), identitytoken: credentials.token };
  return {};
}
