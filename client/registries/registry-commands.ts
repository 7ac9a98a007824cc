import * as vscode from 'vscode';
import { parseReference } from '../../core/image/reference.ts';
import { confirmRemoval } from '../commands/confirm.ts';
import { Command, type CommandId } from '../commands/ids.ts';
import type { Reporter } from '../reporter.ts';
import type { RegistryAccounts } from './accounts.ts';
import { HUB, parseAddress, registryName } from './address.ts';
import { cancellableInView } from './in-view.ts';
import { LogIn } from './log-in.ts';
import { isNode } from './nodes.ts';
import type { Registries } from './registries.ts';
import type { SavedRegistries } from './saved.ts';
import type { RegistriesView } from './view.ts';

/** Add and remove registries, log in and out, add and remove repositories by name. */
export class RegistryCommands {
  readonly #logIn: LogIn;

  constructor(
    private readonly registries: Registries,
    private readonly saved: SavedRegistries,
    private readonly accounts: RegistryAccounts,
    private readonly view: RegistriesView,
    private readonly reporter: Reporter,
  ) {
    this.#logIn = new LogIn(registries, saved, accounts);
  }

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, title: string, act: (given: unknown) => Promise<unknown>) =>
      context.subscriptions.push(
        vscode.commands.registerCommand(command, (given?: unknown) => this.reporter.run(title, () => act(given))),
      );
    on(Command.addRegistry, vscode.l10n.t('Add Registry'), () => this.#add());
    on(Command.removeRegistry, vscode.l10n.t('Remove Registry'), (given) => this.#remove(given));
    on(Command.logInToRegistry, vscode.l10n.t('Log In to Registry'), (given) => this.#logInTo(given));
    on(Command.logOutOfRegistry, vscode.l10n.t('Log Out of Registry'), (given) => this.#logOut(given));
    on(Command.addRepository, vscode.l10n.t('Add Repository'), (given) => this.#addRepository(given));
    on(Command.removeRepository, vscode.l10n.t('Remove Repository'), async (given) => {
      if (isNode(given, 'repository')) await this.saved.removeRepository(given.registry.domain, given.path);
    });
  }

  async #add(): Promise<void> {
    const domain = await this.#askAddress(vscode.l10n.t('Add Registry'));
    if (domain === undefined) return;
    const door = await cancellableInView(vscode.l10n.t('Asking {0}', registryName(domain)), (signal) =>
      this.registries.connection(domain, undefined).door(signal),
    );
    await this.saved.add(domain);
    // Docker Hub's door asks everybody for a token, and gives one to everybody.
    if (door === 'open' || domain === HUB) return;
    await this.#logIn.ask(domain);
  }

  async #remove(given: unknown): Promise<void> {
    const title = vscode.l10n.t('Remove Registry');
    const domain = isNode(given, 'registry') ? given.domain : await this.#pick(title, this.saved.all);
    if (domain === undefined) return;
    const detail = vscode.l10n.t('It goes from the explorer, and its account from this machine. What it holds stays.');
    if (!(await confirmRemoval(vscode.l10n.t('Remove registry “{0}”?', registryName(domain)), detail))) return;
    await this.accounts.delete(domain);
    await this.saved.remove(domain);
    this.registries.forget(domain);
  }

  async #logInTo(given: unknown): Promise<void> {
    const title = vscode.l10n.t('Log In to Registry');
    const named = typeof given === 'string' ? given : isNode(given, 'registry') ? given.domain : undefined;
    const domain = named ?? (await this.#pickOrAsk(title));
    if (domain !== undefined) await this.#logIn.ask(domain);
  }

  async #logOut(given: unknown): Promise<void> {
    const title = vscode.l10n.t('Log Out of Registry');
    let domain = isNode(given, 'registry') ? given.domain : undefined;
    if (domain === undefined) {
      const known = await Promise.all(
        this.saved.all.map(async (each) => ({ each, account: await this.accounts.get(each.domain) })),
      );
      const loggedIn = known.filter(({ account }) => account !== undefined).map(({ each }) => each);
      if (loggedIn.length === 0) {
        void vscode.window.showInformationMessage(vscode.l10n.t('You are not logged in to any registry.'));
        return;
      }
      domain = await this.#pick(title, loggedIn);
    }
    if (domain === undefined) return;
    await this.accounts.delete(domain);
    this.view.renew(domain);
  }

  async #addRepository(given: unknown): Promise<void> {
    const title = vscode.l10n.t('Add Repository');
    const domain = isNode(given, 'registry') ? given.domain : await this.#pickOrAsk(title);
    if (domain === undefined) return;
    const typed = await vscode.window.showInputBox({
      title,
      prompt: vscode.l10n.t('Repository of {0}, such as team/app', registryName(domain)),
      validateInput: (text) =>
        repositoryOf(domain, text) === undefined ? vscode.l10n.t('This is not the name of a repository.') : undefined,
    });
    const path = typed === undefined ? undefined : repositoryOf(domain, typed);
    if (path === undefined) return;
    await cancellableInView(vscode.l10n.t('Asking {0}', registryName(domain)), async (signal) =>
      (await this.registries.client(domain)).tags(path, undefined, signal),
    );
    await this.saved.addRepository(domain, path);
  }

  async #pickOrAsk(title: string): Promise<string | undefined> {
    if (this.saved.all.length === 0) return this.#askAddress(title);
    const other = vscode.l10n.t('$(add) Another Registry…');
    const picked = await vscode.window.showQuickPick(
      [
        ...this.saved.all.map(({ domain }) => ({ label: registryName(domain), domain })),
        { label: '', kind: vscode.QuickPickItemKind.Separator, domain: '' },
        { label: other, domain: '' },
      ],
      { title, placeHolder: vscode.l10n.t('Registry') },
    );
    if (picked === undefined) return undefined;
    return picked.label === other ? this.#askAddress(title) : picked.domain;
  }

  async #pick(title: string, offered: readonly { readonly domain: string }[]): Promise<string | undefined> {
    const picked = await vscode.window.showQuickPick(
      offered.map(({ domain }) => ({ label: registryName(domain), domain })),
      { title, placeHolder: vscode.l10n.t('Registry') },
    );
    return picked?.domain;
  }

  async #askAddress(title: string): Promise<string | undefined> {
    const text = await vscode.window.showInputBox({
      title,
      prompt: vscode.l10n.t(
        'Host of the registry, such as registry.example or localhost:5000; docker.io for Docker Hub',
      ),
      validateInput: (typed) => {
        const parsed = parseAddress(typed);
        return 'problem' in parsed ? parsed.problem : undefined;
      },
    });
    const parsed = text === undefined ? undefined : parseAddress(text);
    return parsed !== undefined && 'domain' in parsed ? parsed.domain : undefined;
  }
}

/** The repository's path in its registry; undefined for what is none. */
function repositoryOf(domain: string, text: string): string | undefined {
  const prefix = `${domain}/`;
  const typed = text.trim();
  const parsed = parseReference(typed.startsWith(prefix) ? typed : prefix + typed);
  const { reference } = parsed.ok ? parsed : { reference: undefined };
  return reference?.domain === domain && reference.tag === undefined && reference.digest === undefined
    ? reference.path
    : undefined;
}
