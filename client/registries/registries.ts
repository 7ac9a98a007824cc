import { WorkspaceUntrusted } from '../errors.ts';
import type { RegistryAccounts } from './accounts.ts';
import { type Account, RegistryConnection } from './connection.ts';
import { Registry } from './registry.ts';

/** What the registries need from the editor. */
export interface RegistryGround {
  readonly accounts: RegistryAccounts;
  /** Hosts that may be spoken to without TLS, beside this machine. */
  plainHosts(): readonly string[];
  /** Folders of certificates, as `certificateFolders` names them. */
  readonly certificates: readonly string[];
  isTrusted(): boolean;
  /** What is said where the workspace is not trusted. */
  readonly untrusted: string;
}

/** The clients of the registries that the user looks at: one each, made anew when its account changes. */
export class Registries {
  readonly #clients = new Map<string, Registry>();

  constructor(private readonly ground: RegistryGround) {}

  /** The client for a registry, with the account that is logged in there. Rejects with WorkspaceUntrusted. */
  async client(domain: string): Promise<Registry> {
    this.#demandTrust();
    const existing = this.#clients.get(domain);
    if (existing !== undefined) return existing;
    const client = new Registry(this.connection(domain, await this.ground.accounts.get(domain)));
    this.#clients.set(domain, client);
    return client;
  }

  /** A connection with an account that need not be stored. Throws WorkspaceUntrusted. */
  connection(domain: string, account: Account | undefined): RegistryConnection {
    this.#demandTrust();
    return new RegistryConnection(domain, account, {
      plainHosts: this.ground.plainHosts(),
      certificates: this.ground.certificates,
    });
  }

  /** Forgets a registry's client, or all: with the account and the settings of then. */
  forget(domain?: string): void {
    if (domain === undefined) this.#clients.clear();
    else this.#clients.delete(domain);
  }

  #demandTrust(): void {
    if (!this.ground.isTrusted()) throw new WorkspaceUntrusted(this.ground.untrusted);
  }
}
