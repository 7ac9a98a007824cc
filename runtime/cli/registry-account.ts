import { homedir } from 'node:os';
import type { Credentials } from '../registry/credentials.ts';
import { DockerConfig } from '../registry/docker-config.ts';
import type { Surface } from './command.ts';

/** Docker's configuration of whoever runs the command. */
export function dockerConfig({ env }: Pick<Surface, 'env'>): DockerConfig {
  return new DockerConfig(env, env.HOME || homedir());
}

/** Headers that tell the engine of the user's account at a registry. */
export async function accountHeaders(
  surface: Pick<Surface, 'env' | 'signal'>,
  domain: string,
): Promise<{ 'X-Registry-Auth': string }> {
  const credentials = await dockerConfig(surface).credentialsOf(domain, surface.signal);
  const config = JSON.stringify(authConfig(credentials));
  return { 'X-Registry-Auth': Buffer.from(config).toString('base64url') };
}

/** An account as the Docker Engine API spells it (AuthConfig). */
export function authConfig(credentials: Credentials): Record<string, string> {
  switch (credentials.kind) {
    case 'password':
      return { username: credentials.username, password: credentials.password };
    case 'identity':
      return { identitytoken: credentials.token };
    case 'bearer':
      return { registrytoken: credentials.token };
    case 'none':
      return {};
  }
}
