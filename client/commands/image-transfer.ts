import type Docker from 'dockerode';
import type { ImageInfo } from 'dockerode';
import * as vscode from 'vscode';
import { familiarName, familiarReference, parseReference, withDefaultTag } from '../../core/image/reference.ts';
import { tagProblem } from '../build/tags.ts';
import { readJsonLines } from '../engines/json-lines.ts';
import type { EngineSession } from '../engines/session.ts';
import { type ImageNode, isTagged } from '../explorer/images.ts';
import type { Listing } from '../explorer/listing.ts';
import type { RegistryAccounts } from '../registries/accounts.ts';
import { HUB, registryName } from '../registries/address.ts';
import type { EngineAuth } from '../registries/engine-auth.ts';
import type { SavedRegistries } from '../registries/saved.ts';
import type { Reporter } from '../reporter.ts';
import { Command } from './ids.ts';
import { pickImages } from './pick.ts';
import { type Report, whileShown } from './progress.ts';
import { TransferProgress } from './transfer-progress.ts';

/** What pull and push need. */
export interface TransferGround {
  readonly session: EngineSession;
  readonly images: Listing<ImageInfo>;
  readonly auth: EngineAuth;
  readonly accounts: RegistryAccounts;
  readonly saved: SavedRegistries;
}

/** Pull and push images, with the accounts that are logged in at their registries. */
export class ImageTransferCommands {
  constructor(
    private readonly ground: TransferGround,
    private readonly onPushed: (domain: string) => void,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      vscode.commands.registerCommand(Command.pullImage, (reference?: unknown) => this.#pull(reference)),
      vscode.commands.registerCommand(Command.pushImage, (...given: unknown[]) => this.#push(given)),
    );
  }

  async #pull(given: unknown): Promise<void> {
    const reference =
      typeof given === 'string'
        ? given
        : await vscode.window.showInputBox({
            title: vscode.l10n.t('Pull Image'),
            prompt: vscode.l10n.t('Image to pull, such as node:current-slim'),
            validateInput: tagProblem,
          });
    if (reference === undefined) return;
    await this.reporter.run(
      vscode.l10n.t('Pull “{0}”', reference),
      async () => {
        const docker = await this.ground.session.ready();
        await whileShown(vscode.l10n.t('Pulling {0}', reference), 'lapstrake.images', async (report, signal) => {
          const authconfig = await this.ground.auth.forReference(reference);
          const answer = await docker.pull(fullName(reference), {
            abortSignal: signal,
            ...(authconfig === undefined ? {} : { authconfig }),
          });
          await follow(answer, report, signal);
        });
        await this.ground.images.refresh();
      },
      { 'log-in': () => this.#logInAndRetry(reference, () => this.#pull(reference)) },
    );
  }

  async #push(given: readonly unknown[]): Promise<void> {
    const title = vscode.l10n.t('Push Image');
    await this.reporter.run(title, async () => {
      const docker = await this.ground.session.ready();
      for (const node of await pickImages(this.ground.images, given, isTagged, title)) {
        const reference = await this.#nameAtRegistry(docker, node);
        if (reference === undefined) return;
        await this.#pushOne(docker, reference);
      }
    });
  }

  async #pushOne(docker: Docker, reference: string): Promise<void> {
    await this.reporter.run(
      vscode.l10n.t('Push “{0}”', reference),
      async () => {
        const digest = await whileShown(
          vscode.l10n.t('Pushing {0}', reference),
          'lapstrake.images',
          async (report, signal) => {
            const { repo, tag } = nameAndTag(reference);
            // An engine wants the header, whether there is an account or not.
            const authconfig = (await this.ground.auth.forReference(reference)) ?? {};
            const answer = await docker.getImage(repo).push({ tag, authconfig, abortSignal: signal });
            return (await follow(answer, report, signal)).digest;
          },
        );
        await this.ground.images.refresh();
        const parsed = parseReference(reference);
        if (parsed.ok) this.onPushed(parsed.reference.domain);
        void announce(reference, digest);
      },
      { 'log-in': () => this.#logInAndRetry(reference, () => this.#pushOne(docker, reference)) },
    );
  }

  async #logInAndRetry(reference: string, again: () => Promise<void>): Promise<void> {
    const parsed = parseReference(reference);
    if (!parsed.ok) return;
    const { domain } = parsed.reference;
    await vscode.commands.executeCommand(Command.logInToRegistry, domain);
    if ((await this.ground.accounts.get(domain)) !== undefined) await again();
  }

  /** A name without a registry is one of Docker Hub's own images, which nobody can push: asks where it shall go, and tags it. */
  async #nameAtRegistry(docker: Docker, { image, reference }: ImageNode): Promise<string | undefined> {
    const parsed = parseReference(reference);
    if (!parsed.ok) return undefined;
    const { domain, path } = parsed.reference;
    if (domain !== HUB || !path.startsWith('library/')) return reference;
    const name = familiarReference(parsed.reference);
    const offered = await Promise.all(
      this.ground.saved.all.map(async (registry) => {
        const username = (await this.ground.accounts.get(registry.domain))?.username;
        if (registry.domain === HUB) return username === undefined ? undefined : `${username}/${name}`;
        return `${registry.domain}/${name}`;
      }),
    );
    const title = vscode.l10n.t('Push “{0}” as', name);
    const other = vscode.l10n.t('$(edit) Another Name…');
    const targets = offered.filter((each) => each !== undefined);
    const picked =
      targets.length === 0
        ? other
        : (
            await vscode.window.showQuickPick(
              [
                ...targets.map((label) => ({ label, description: registryName(domainOf(label)) })),
                { label: '', kind: vscode.QuickPickItemKind.Separator },
                { label: other },
              ],
              { title, placeHolder: vscode.l10n.t('The image is tagged with the name, and pushed to its registry') },
            )
          )?.label;
    const target =
      picked !== other
        ? picked
        : await vscode.window.showInputBox({
            title,
            prompt: vscode.l10n.t('Registry, name and tag, such as registry.example/team/app:1.0'),
            value: name,
            validateInput: tagProblem,
          });
    if (target === undefined) return undefined;
    await docker.getImage(image.Id).tag(nameAndTag(target));
    return target;
  }
}

/** Reads an answer to its end; rejects with what the engine says went wrong. */
async function follow(answer: NodeJS.ReadableStream, report: Report, signal: AbortSignal): Promise<TransferProgress> {
  const progress = new TransferProgress();
  await readJsonLines(
    answer,
    (value) => {
      const { message, done } = progress.take(value);
      report(message, done);
    },
    signal,
  );
  if (progress.error !== undefined) throw new Error(progress.error);
  return progress;
}

async function announce(reference: string, digest: string | undefined): Promise<void> {
  const copy = vscode.l10n.t('Copy Digest');
  const buttons = digest === undefined ? [] : [copy];
  const chosen = await vscode.window.showInformationMessage(vscode.l10n.t('Pushed “{0}”.', reference), ...buttons);
  if (chosen === copy && digest !== undefined) await vscode.env.clipboard.writeText(digest);
}

/** With `latest` where neither tag nor digest is given: the API would pull every tag. */
function fullName(text: string): string {
  const parsed = parseReference(text);
  return parsed.ok ? familiarReference(withDefaultTag(parsed.reference)) : text;
}

function nameAndTag(text: string): { repo: string; tag: string } {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return { repo: familiarName(parsed.reference), tag: parsed.reference.tag ?? 'latest' };
}

function domainOf(text: string): string {
  const parsed = parseReference(text);
  return parsed.ok ? parsed.reference.domain : '';
}
