import { parseReference } from '../../core/image/reference.ts';
import type { AuthConfig } from '../../protocol/registry/auth-config.ts';
import { type EngineTarget, targetUrl } from '../engines/target.ts';
import type { RegistryAccounts } from './accounts.ts';
import { HUB } from './address.ts';
import type { SavedRegistries } from './saved.ts';

/** Hub's name in docker's own configuration, by which every engine knows it. */
const HUB_SERVER = 'https://index.docker.io/v1/';

/** What engines are told of the user's accounts, with the requests that need them. */
export class EngineAuth {
  constructor(
    private readonly accounts: RegistryAccounts,
    private readonly saved: SavedRegistries,
    private readonly target: () => EngineTarget,
    private readonly warn: (message: string) => void,
  ) {}

  /** The account at an image's registry, for `X-Registry-Auth`; undefined where there is none. */
  async forReference(reference: string): Promise<AuthConfig | undefined> {
    const parsed = parseReference(reference);
    return parsed.ok ? this.#find(parsed.reference.domain) : undefined;
  }

  /** Every account, for `X-Registry-Config` of a build, by the registry's name; undefined where there is none. */
  async forBuild(): Promise<Record<string, AuthConfig> | undefined> {
    const found = await Promise.all(this.saved.all.map(({ domain }) => this.#find(domain)));
    const known = found.filter((each) => each !== undefined);
    return known.length === 0 ? undefined : Object.fromEntries(known.map((each) => [each.serveraddress, each]));
  }

  async #find(domain: string): Promise<AuthConfig | undefined> {
    const account = await this.accounts.get(domain);
    if (account === undefined) return undefined;
    if (isOverheard(this.target())) {
      this.warn(
        `The account at ${domain} is not sent to ${targetUrl(this.target())}: everybody on the way could read it.`,
      );
      return undefined;
    }
    return { ...account, serveraddress: domain === HUB ? HUB_SERVER : domain };
  }
}

/** Whether what is sent to an engine passes a network in the clear. */
function isOverheard(target: EngineTarget): boolean {
  if (target.kind !== 'tcp' || target.protocol === 'https') return false;
  return !/^(localhost|127(\.\d{1,3}){3}|::1)$/.test(target.host);
}
