import type { Disposable, Event, SecretStorage } from 'vscode';
import * as z from 'zod/mini';
import type { Account } from './connection.ts';

const PREFIX = 'lapstrake.registry.';
const Stored = z.object({ username: z.string(), password: z.string() });

/** Accounts at registries. They are kept in the editor's secret storage and nowhere else: no setting, no file, no log. */
export class RegistryAccounts {
  constructor(private readonly secrets: Pick<SecretStorage, 'get' | 'store' | 'delete' | 'onDidChange'>) {}

  /** Fires with the domain whose account came, changed or went, in this window or another. */
  readonly onDidChange: Event<string> = (listener, self, disposables?: Disposable[]) =>
    this.secrets.onDidChange(
      ({ key }) => {
        if (key.startsWith(PREFIX)) listener.call(self, key.slice(PREFIX.length));
      },
      undefined,
      disposables,
    );

  /** The account that is logged in at a registry. */
  async get(domain: string): Promise<Account | undefined> {
    const text = await this.secrets.get(PREFIX + domain);
    if (text === undefined) return undefined;
    const parsed = Stored.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  }

  async set(domain: string, { username, password }: Account): Promise<void> {
    await this.secrets.store(PREFIX + domain, JSON.stringify({ username, password }));
  }

  async delete(domain: string): Promise<void> {
    await this.secrets.delete(PREFIX + domain);
  }
}
