import * as vscode from 'vscode';
import type { RegistryAccounts } from './accounts.ts';
import { HUB, registryName } from './address.ts';
import type { Account } from './connection.ts';
import { cancellableInView } from './in-view.ts';
import type { Registries } from './registries.ts';
import type { SavedRegistries } from './saved.ts';

/** Asks for an account, has the registry confirm it, and only then keeps it. */
export class LogIn {
  constructor(
    private readonly registries: Registries,
    private readonly saved: SavedRegistries,
    private readonly accounts: RegistryAccounts,
  ) {}

  /** Whether there is an account now. Rejects with RegistryError where the registry refuses it. */
  async ask(domain: string): Promise<boolean> {
    const account = await this.#askAccount(domain);
    if (account === undefined) return false;
    const needed = await cancellableInView(vscode.l10n.t('Logging in to {0}', registryName(domain)), async (signal) => {
      const connection = this.registries.connection(domain, account);
      const door = await connection.door(signal);
      if (door !== 'open') await connection.send('/v2/', { method: 'GET', headers: {}, limit: 1 << 20 }, signal);
      return door !== 'open';
    });
    await this.saved.add(domain);
    if (!needed) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('{0} lets everybody in: there is nothing to log in to.', registryName(domain)),
      );
      return false;
    }
    this.registries.forget(domain);
    await this.accounts.set(domain, account);
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Logged in to {0} as “{1}”.', registryName(domain), account.username),
    );
    return true;
  }

  async #askAccount(domain: string): Promise<Account | undefined> {
    const title = vscode.l10n.t('Log In to {0}', registryName(domain));
    const known = await this.accounts.get(domain);
    const ask = { title, ignoreFocusOut: true };
    const username = await vscode.window.showInputBox({
      ...ask,
      prompt: vscode.l10n.t('User name'),
      value: known?.username ?? '',
      validateInput: (text) =>
        text === '' || text.includes(':') ? vscode.l10n.t('A user name is needed, without a colon.') : undefined,
    });
    if (username === undefined) return undefined;
    const password = await vscode.window.showInputBox({
      ...ask,
      password: true,
      prompt:
        domain === HUB
          ? vscode.l10n.t('Password, or better a personal access token of Docker Hub')
          : vscode.l10n.t('Password or access token; kept in the secret storage of the editor'),
      validateInput: (text) => (text === '' ? vscode.l10n.t('A password is needed.') : undefined),
    });
    return password === undefined ? undefined : { username, password };
  }
}
