import type Docker from 'dockerode';
import type { VolumeInspectInfo } from 'dockerode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { formatSize } from '../../core/image/size.ts';
import { inspectUri } from '../documents/inspect.ts';
import { request } from '../engines/docker.ts';
import type { EngineSession } from '../engines/session.ts';
import type { Listing } from '../explorer/listing.ts';
import { isAnonymous, type VolumeNode } from '../explorer/volumes.ts';
import { choosePruned, freedText, sumOf } from '../removal/preview.ts';
import { announceRemoval, removeEach } from '../removal/remove-each.ts';
import type { Reporter } from '../reporter.ts';
import { confirmRemoval } from './confirm.ts';
import { Command, type CommandId } from './ids.ts';
import { pickRows } from './pick-resource.ts';
import { inView } from './progress.ts';

/** What a volume's name may be (dockerd's rule). */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const Usage = z.object({
  Volumes: z.nullish(
    z.array(z.object({ Name: z.string(), UsageData: z.nullish(z.object({ Size: z.nullish(z.number()) })) })),
  ),
});

/** Create, inspect, remove and prune volumes. */
export class VolumeCommands {
  constructor(
    private readonly session: EngineSession,
    private readonly volumes: Listing<VolumeInspectInfo>,
    private readonly reporter: Reporter,
  ) {}

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, title: string, act: (docker: Docker, given: readonly unknown[]) => Promise<void>) =>
      context.subscriptions.push(
        vscode.commands.registerCommand(command, (...given: unknown[]) =>
          this.reporter.run(title, async () => act(await this.session.ready(), given)),
        ),
      );
    on(Command.createVolume, vscode.l10n.t('Create Volume'), (docker) => this.#create(docker));
    on(Command.inspectVolume, vscode.l10n.t('Inspect Volume'), async (_, given) => {
      const [node] = await this.#pick(given, vscode.l10n.t('Inspect Volume'));
      const name = node?.volume.Name;
      if (name !== undefined)
        await vscode.window.showTextDocument(inspectUri('volumes', name, name), { preview: true });
    });
    on(Command.removeVolume, vscode.l10n.t('Remove Volume'), (docker, given) => this.#remove(docker, given));
    on(Command.pruneVolumes, vscode.l10n.t('Prune Volumes'), (docker) => this.#prune(docker));
  }

  async #create(docker: Docker): Promise<void> {
    const taken = new Set((await this.volumes.load()).map(({ Name }) => Name));
    const name = await vscode.window.showInputBox({
      title: vscode.l10n.t('Create Volume'),
      prompt: vscode.l10n.t('Name of the volume'),
      validateInput: (text) => {
        if (taken.has(text)) return vscode.l10n.t('There is a volume “{0}” already.', text);
        return NAME.test(text) ? undefined : vscode.l10n.t('Two or more letters, digits, dots, dashes or underscores.');
      },
    });
    if (name === undefined) return;
    await docker.createVolume({ Name: name });
    await this.volumes.refresh();
  }

  async #remove(docker: Docker, given: readonly unknown[]): Promise<void> {
    const nodes = await this.#pick(given, vscode.l10n.t('Remove Volume'));
    const names = nodes.map(({ volume }) => volume.Name);
    if (names.length === 0) return;
    const question = vscode.l10n.t('Remove {0}?', names.map((name) => `“${name}”`).join(', '));
    if (!(await confirmRemoval(question, vscode.l10n.t('The files in it are gone for good.')))) return;
    for (const name of names)
      await this.reporter.run(vscode.l10n.t('Remove “{0}”', name), () =>
        inView('lapstrake.volumes', () => docker.getVolume(name).remove()),
      );
  }

  async #prune(docker: Docker): Promise<void> {
    const title = vscode.l10n.t('Prune Volumes');
    const [unused, sizes] = await inView('lapstrake.volumes', () =>
      Promise.all([unusedVolumes(docker), volumeSizes(docker)]),
    );
    const candidates = unused
      .map((volume) => ({ name: volume.Name, bytes: sizes.get(volume.Name), goes: isAnonymous(volume) }))
      .sort((a, b) => Number(b.goes) - Number(a.goes) || a.name.localeCompare(b.name))
      .map((each) => ({
        ...each,
        label: each.name,
        description: each.bytes === undefined ? vscode.l10n.t('size unknown') : formatSize(each.bytes),
        group: each.goes ? vscode.l10n.t('Without a name of its own') : vscode.l10n.t('Not used by any container'),
      }));
    if (candidates.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to prune: every volume is in use.'));
      return;
    }
    const freed = (some: readonly { readonly bytes: number | undefined }[]) => sumOf(some.map(({ bytes }) => bytes));
    const chosen = await choosePruned(title, candidates, freed);
    if (chosen === undefined || chosen.length === 0) return;
    const removal = await removeEach(title, 'lapstrake.volumes', chosen, ({ name }) => docker.getVolume(name).remove());
    const what =
      removal.removed.length === 1 ? vscode.l10n.t('one volume') : vscode.l10n.t('{0} volumes', removal.removed.length);
    announceRemoval(removal, what, freedText(freed(removal.removed)));
  }

  #pick(given: readonly unknown[], title: string): Promise<readonly VolumeNode[]> {
    const offered = async () =>
      (await this.volumes.load()).map((volume) => ({
        ...{ label: volume.Name, description: volume.Driver },
        node: { kind: 'volume', volume } as const,
      }));
    return pickRows<VolumeNode>(given, 'volume', offered, title);
  }
}

async function unusedVolumes(docker: Docker): Promise<readonly VolumeInspectInfo[]> {
  const { Volumes } = await docker.listVolumes({ filters: { dangling: ['true'] } });
  return Volumes ?? [];
}

/** The bytes in each volume, as far as the engine counts them. */
async function volumeSizes(docker: Docker): Promise<Map<string, number>> {
  const answer = await request(docker, 'GET', '/system/df?type=volume').catch(() => ({}));
  const parsed = Usage.safeParse(answer);
  const found = (parsed.success ? (parsed.data.Volumes ?? []) : []).map(({ Name, UsageData }): [string, number] => [
    Name,
    UsageData?.Size ?? -1,
  ]);
  // Docker says -1 where it did not count.
  return new Map(found.filter(([, size]) => size >= 0));
}
