import { access } from 'node:fs/promises';
import { startDockerd } from '../bench/engines.mjs';
import { type CommandResult, command } from '../engine/real-daemon.ts';

/** A dockerd of its own, with its own root, socket and bridge, to compare with: what it says is what is right. */
export interface RealDockerd extends AsyncDisposable {
  readonly socket: string;
  /** Runs the docker CLI against it; `build` takes its classic builder. */
  docker(...args: readonly string[]): Promise<CommandResult>;
  /** Runs the docker CLI against it; `build` takes its BuildKit. */
  buildkit(...args: readonly string[]): Promise<CommandResult>;
}

/** Starts a dockerd that pulls from that registry. Throws where none can be started. */
export async function startRealDockerd(registryUrl: string): Promise<RealDockerd> {
  const engine = await startDockerd(registryUrl);
  if ('whyNot' in engine) throw new Error(engine.whyNot);
  const host = ['-H', `unix://${engine.socket}`];
  const ownCli = await cliWithBuildKit();
  return {
    socket: engine.socket,
    docker: (...args) => command('docker', [...host, ...args]),
    buildkit: (...args) => command(ownCli, [...host, ...args], undefined, { DOCKER_BUILDKIT: '1' }),
    [Symbol.asyncDispose]: engine.stop,
  };
}

/** Debian's docker.io brings a docker that speaks BuildKit by itself; newer ones need the buildx plugin. */
async function cliWithBuildKit(): Promise<string> {
  const ofDebian = '/usr/bin/docker';
  return access(ofDebian).then(
    () => ofDebian,
    () => 'docker',
  );
}
