import { homedir } from 'node:os';
import type { ContainerInfo, ImageInfo, NetworkInspectInfo, VolumeInspectInfo } from 'dockerode';
import * as vscode from 'vscode';
import { certificateFolders } from '../core/disk/registry-certificates.ts';
import { BuildCommand } from './build/build-command.ts';
import { ContainerFileCommands } from './commands/container-files.ts';
import { Command } from './commands/ids.ts';
import { ImageFileCommands } from './commands/image-files.ts';
import { ImageTransferCommands } from './commands/image-transfer.ts';
import { ImageCommands } from './commands/images.ts';
import { LifecycleCommands } from './commands/lifecycle.ts';
import { LookCommands } from './commands/look.ts';
import { NetworkCommands } from './commands/networks.ts';
import { VolumeCommands } from './commands/volumes.ts';
import { DoctorDocument } from './documents/doctor.ts';
import { InspectDocuments } from './documents/inspect.ts';
import { EngineCommands } from './engines/engine-commands.ts';
import { EngineSession } from './engines/session.ts';
import { EngineSettings } from './engines/settings.ts';
import { ContainersView } from './explorer/containers.ts';
import { ImagesView } from './explorer/images.ts';
import { Listing } from './explorer/listing.ts';
import { NetworksView } from './explorer/networks.ts';
import { StagesView } from './explorer/stages.ts';
import { ViewOptions } from './explorer/view-options.ts';
import { VolumesView } from './explorer/volumes.ts';
import { LanguageFeatures } from './language/language-client.ts';
import { RegistryAnswers } from './language/registry-answers.ts';
import { LayersPanels } from './layers/panels.ts';
import { RegistryAccounts } from './registries/accounts.ts';
import { EngineAuth } from './registries/engine-auth.ts';
import { ManifestDocuments } from './registries/manifest-documents.ts';
import { Registries } from './registries/registries.ts';
import { RegistryCommands } from './registries/registry-commands.ts';
import { SavedRegistries } from './registries/saved.ts';
import { TagCommands } from './registries/tag-commands.ts';
import { RegistriesView } from './registries/view.ts';
import { ContainerPruneCommand } from './removal/container-prune.ts';
import { ImageRemovalCommands } from './removal/image-removal.ts';
import { Reporter } from './reporter.ts';
import { RunCommands } from './run/run-commands.ts';
import { StatsPanels } from './stats/panels.ts';
import { EngineStatus } from './status/status-bar.ts';

/** The composition root: makes every part once, hands each what it needs, and registers it. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Lapstrake', { log: true });
  const reporter = new Reporter(log);
  const settings = new EngineSettings(context, log);
  const session = new EngineSession(settings, log);
  const containers = new Listing<ContainerInfo>(
    session,
    (docker) => docker.listContainers({ all: true }),
    ({ type, action }) => type === 'container' && !/^(exec_|top|attach|resize|archive|export)/.test(action),
    log,
  );
  const images = new Listing<ImageInfo>(
    session,
    (docker) => docker.listImages(),
    ({ type }) => type === 'image' || type === 'builder',
    log,
  );
  const volumes = new Listing<VolumeInspectInfo>(
    session,
    async (docker) => (await docker.listVolumes()).Volumes ?? [],
    ({ type }) => type === 'volume',
    log,
  );
  const networks = new Listing<NetworkInspectInfo>(
    session,
    (docker) => docker.listNetworks(),
    ({ type, action }) => type === 'network' && /^(create|destroy)$/.test(action),
    log,
  );
  context.subscriptions.push(log, session, containers, images, volumes, networks);
  const options = new ViewOptions(context.workspaceState);

  const accounts = new RegistryAccounts(context.secrets);
  const saved = new SavedRegistries(context.globalState);
  const auth = new EngineAuth(
    accounts,
    saved,
    () => session.target,
    (message) => log.warn(message),
  );
  const registries = new Registries({
    accounts,
    plainHosts: () => settings.insecureRegistries,
    certificates: certificateFolders(process.env, homedir()),
    isTrusted: () => vscode.workspace.isTrusted,
    untrusted: vscode.l10n.t('Registries are not asked for anything in a workspace that is not trusted.'),
  });
  const registriesView = new RegistriesView(registries, saved, accounts);

  const registryAnswers = new RegistryAnswers(
    registries,
    () => vscode.workspace.isTrusted && settings.asksRegistries,
    (message) => log.info(message),
  );
  const language = new LanguageFeatures(session, registryAnswers, log);
  const stages = new StagesView((uri) => language.stages(uri));
  const build = new BuildCommand(session, images, auth, reporter, () => language.announce(), context);
  const stats = new StatsPanels(session, context.extensionUri);
  const features = [
    new EngineCommands(session, settings, log, reporter),
    new EngineStatus(session),
    options,
    stages,
    new ContainersView(containers, session, options),
    new ImagesView(images, containers, session, options),
    new VolumesView(volumes, containers),
    new NetworksView(networks, containers),
    registriesView,
    new ManifestDocuments(registries, saved),
    new RegistryCommands(registries, saved, accounts, registriesView, reporter),
    new TagCommands(registries, registriesView, reporter),
    new InspectDocuments(session),
    new DoctorDocument(session),
    stats,
    new LayersPanels(session, images, build, context.extensionUri, reporter),
    new LifecycleCommands(session, containers, reporter),
    new LookCommands(session, containers, stats, reporter),
    new ContainerFileCommands(session, containers, () => void images.refresh(), reporter),
    new ContainerPruneCommand(session, reporter),
    new ImageCommands(session, images, reporter),
    new ImageTransferCommands(
      { session, images, auth, accounts, saved },
      (domain) => registriesView.renew(domain),
      reporter,
    ),
    new ImageFileCommands(session, images, reporter),
    new ImageRemovalCommands(session, images, containers, reporter),
    new VolumeCommands(session, volumes, reporter),
    new NetworkCommands(session, networks, containers, reporter),
    new RunCommands(session, images, containers, reporter),
    build,
  ];
  for (const feature of features) feature.register(context);
  context.subscriptions.push(
    vscode.commands.registerCommand(Command.refresh, () =>
      Promise.all([containers, images, volumes, networks].map((listing) => listing.refresh())),
    ),
  );
  session.connect();
  language.register(context).then(
    () => stages.refresh(),
    (error: unknown) => log.error(`The language server did not start: ${error}`),
  );
}
