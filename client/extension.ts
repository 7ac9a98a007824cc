import type { ContainerInfo, ImageInfo, NetworkInspectInfo, VolumeInspectInfo } from 'dockerode';
import * as vscode from 'vscode';
import { BuildCommand } from './build/build-command.ts';
import { Command } from './commands/ids.ts';
import { ImageCommands } from './commands/images.ts';
import { LifecycleCommands } from './commands/lifecycle.ts';
import { LookCommands } from './commands/look.ts';
import { DoctorDocument } from './documents/doctor.ts';
import { InspectDocuments } from './documents/inspect.ts';
import { EngineCommands } from './engines/engine-commands.ts';
import { EngineSession } from './engines/session.ts';
import { EngineSettings } from './engines/settings.ts';
import { ContainersView } from './explorer/containers.ts';
import { ImagesView } from './explorer/images.ts';
import { Listing } from './explorer/listing.ts';
import { ResourceViews } from './explorer/resources.ts';
import { LanguageFeatures } from './language/language-client.ts';
import { LayersPanels } from './layers/panels.ts';
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

  const language = new LanguageFeatures(session, log);
  const build = new BuildCommand(session, images, reporter, () => language.announce(), context);
  const stats = new StatsPanels(session, context.extensionUri);
  const features = [
    new EngineCommands(session, settings, log, reporter),
    new EngineStatus(session),
    new ContainersView(containers, session),
    new ImagesView(images, session),
    new ResourceViews(session, volumes, networks, reporter),
    new InspectDocuments(session),
    new DoctorDocument(session),
    stats,
    new LayersPanels(session, images, build, context.extensionUri, reporter),
    new LifecycleCommands(session, containers, reporter),
    new LookCommands(session, containers, stats, reporter),
    new ImageCommands(session, images, reporter),
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
  language.register(context).catch((error: unknown) => log.error(`The language server did not start: ${error}`));
}
