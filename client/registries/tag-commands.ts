import * as vscode from 'vscode';
import { confirmDeletion } from '../commands/confirm.ts';
import { Command, type CommandId } from '../commands/ids.ts';
import type { Reporter } from '../reporter.ts';
import { registryName } from './address.ts';
import { cancellableInView } from './in-view.ts';
import { manifestUri } from './manifest-documents.ts';
import { isNode, type RepositoryNode, referenceOf, repositoryReference, type TagNode } from './nodes.ts';
import type { Registries } from './registries.ts';
import type { Registry } from './registry.ts';
import type { RegistriesView } from './view.ts';

/** How many tags are asked at the same time. */
const AT_ONCE = 8;

/** What the rows of repositories and tags offer: pull, copy, inspect, delete. */
export class TagCommands {
  constructor(
    private readonly registries: Registries,
    private readonly view: RegistriesView,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, title: string, act: (node: TagNode) => unknown) =>
      context.subscriptions.push(
        vscode.commands.registerCommand(command, (node?: unknown) =>
          this.reporter.run(title, async () => {
            if (isNode(node, 'tag')) await act(node);
          }),
        ),
      );
    on(Command.pullTag, vscode.l10n.t('Pull'), (node) =>
      vscode.commands.executeCommand(Command.pullImage, referenceOf(node)),
    );
    on(Command.copyTagDigest, vscode.l10n.t('Copy Digest'), (node) => this.#copyDigest(node));
    on(Command.inspectManifest, vscode.l10n.t('Inspect Manifest'), (node) =>
      vscode.window.showTextDocument(manifestUri(node), { preview: true }),
    );
    on(Command.deleteTag, vscode.l10n.t('Delete Tag'), (node) => this.#delete(node));
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.copyReference, async (node?: unknown) => {
        if (isNode(node, 'tag')) await vscode.env.clipboard.writeText(referenceOf(node));
        if (isNode(node, 'repository')) await vscode.env.clipboard.writeText(repositoryReference(node));
      }),
    );
  }

  async #copyDigest(node: TagNode): Promise<void> {
    const digest = await this.#ask(node.repository, (client, signal) =>
      client.digestOf(node.repository.path, node.tag, signal),
    );
    if (digest === undefined) throw new Error(vscode.l10n.t('the tag “{0}” is not there any more', node.tag));
    await vscode.env.clipboard.writeText(digest);
  }

  /** A registry deletes images, not tags: the question names every tag that goes with this one. */
  async #delete(node: TagNode): Promise<void> {
    const { repository, tag } = node;
    const { path, registry } = repository;
    const found = await this.#ask(repository, async (client, signal) => {
      const digest = await client.digestOf(path, tag, signal);
      return { digest, tags: digest === undefined ? [] : await tagsOf(client, path, digest, signal) };
    });
    const { digest } = found;
    if (digest === undefined) throw new Error(vscode.l10n.t('the tag “{0}” is not there any more', tag));
    const others = found.tags.filter((each) => each !== tag);
    const question =
      others.length === 0
        ? vscode.l10n.t('Delete “{0}” from {1}?', `${path}:${tag}`, registryName(registry.domain))
        : vscode.l10n.t(
            'Delete “{0}” and {1} from {2}?',
            `${path}:${tag}`,
            quoted(others),
            registryName(registry.domain),
          );
    const detail =
      others.length === 0
        ? vscode.l10n.t('The image {0} goes from the registry for good.', digest.slice(0, 19))
        : vscode.l10n.t('They are the same image, {0}, which goes from the registry for good.', digest.slice(0, 19));
    if (!(await confirmDeletion(question, detail))) return;
    await this.#ask(repository, (client, signal) => client.delete(path, digest, signal));
    this.view.renew(registry.domain);
  }

  #ask<T>({ registry }: RepositoryNode, task: (client: Registry, signal: AbortSignal) => Promise<T>): Promise<T> {
    return cancellableInView(vscode.l10n.t('Asking {0}', registryName(registry.domain)), async (signal) =>
      task(await this.registries.client(registry.domain), signal),
    );
  }
}

/** Every tag of a repository that stands for a digest. */
async function tagsOf(client: Registry, path: string, digest: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  let next: string | undefined;
  do {
    const page = await client.tags(path, next, signal);
    for (let at = 0; at < page.items.length; at += AT_ONCE) {
      const some = page.items.slice(at, at + AT_ONCE);
      const digests = await Promise.all(some.map((tag) => client.digestOf(path, tag, signal)));
      found.push(...some.filter((_, index) => digests[index] === digest));
    }
    next = page.next === next ? undefined : page.next;
  } while (next !== undefined);
  return found;
}

function quoted(tags: readonly string[]): string {
  const shown = tags.slice(0, 10).map((tag) => `“${tag}”`);
  return tags.length > shown.length ? `${shown.join(', ')}…` : shown.join(', ');
}
