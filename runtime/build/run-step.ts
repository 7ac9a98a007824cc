import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { RunEffect } from '../../core/plan/effect.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { capabilitySet } from '../containers/capability-set.ts';
import { newContainerId } from '../containers/container-id.ts';
import { hostNameServers } from '../containers/etc-folder.ts';
import { mergeEnv } from '../containers/merge-config.ts';
import { resolveUser } from '../containers/user.ts';
import { EngineError, isKind } from '../errors.ts';
import type { Attachment } from '../networks/networks.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS } from '../sandbox/defaults.ts';
import type { MountSpec, ProcessSpec, SandboxSpec } from '../sandbox/sandbox.ts';
import { addSnapshotLayer } from './add-layer.ts';
import { BuildError } from './build-error.ts';
import type { CacheMountLocks } from './cache-mount-locks.ts';
import { Cleanup } from './cleanup.ts';
import { checkUnchanged } from './context-changes.ts';
import { etcMounts, hostnameOf } from './etc-mounts.ts';
import { ForeignProgram } from './foreign-program.ts';
import { missingMountPoints, rememberFiles, removeMountPoints } from './mount-points.ts';
import { newBuildKey, temporaryFolder, unpackState } from './roots.ts';
import { runMounts } from './run-mounts.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

const SIGKILL = 9;
/** As a privileged container has it. */
const PRIVILEGED = { privileged: true, seccomp: 'unconfined', maskedPaths: [], readonlyPaths: [] } as const;

/** Runs a command on the state's layers; what it leaves in the file system is the new layer. */
export async function runStep(
  context: StepContext,
  run: RunEffect,
  range: SourceRange,
  locks: CacheMountLocks,
): Promise<MadeLayer> {
  const { floor, state, signal, progress } = context;
  const key = newBuildKey();
  const id = newContainerId();
  await using snapshot = new Cleanup();
  await floor.snapshots.prepare(key, await unpackState(floor, state, signal));
  snapshot.defer(() => floor.snapshots.remove(key));
  {
    await using running = new Cleanup();
    const rootfs = await floor.snapshots.mount(key);
    running.defer(() => floor.snapshots.unmount(key));
    const scratch = await temporaryFolder(floor);
    running.defer(() => scratch[Symbol.asyncDispose]());
    const network = await attachNetwork(context, id, run.network);
    running.defer(() => floor.networks.release(id));
    const own = await runMounts(context, run, scratch.path, running, locks);
    const mounts = [...(await etcMounts(context, id, network, join(scratch.path, 'etc'))), ...own.mounts];
    const added = await missingMountPoints(rootfs, mounts.map(targetOf));
    const putBack =
      floor.sandbox.name === 'chroot' ? await rememberFiles(rootfs, mounts.map(targetOf)) : async () => undefined;
    const process = await processOf(context, rootfs, run, own.variables);
    const confined = sandboxSpec(context, id, rootfs, process, network, mounts);
    const spec = run.security === 'insecure' ? { ...confined, ...PRIVILEGED } : confined;
    progress({ kind: 'running', containerId: id });
    const exitCode = await execute(context, spec, range);
    if (exitCode !== 0) throw failed(run, exitCode, range);
    await checkUnchanged(
      context,
      run.mounts.flatMap(({ files }) => files ?? []),
      range,
    );
    await putBack();
    await removeMountPoints(rootfs, added);
  }
  progress({ kind: 'removed', containerId: id });
  return await addSnapshotLayer(context, key);
}

const HINT = 'Build with --network=host to let RUN use the host’s network.';

/**
 * Gives the command a network. Where the usual one cannot be made, or leads nowhere, that is said: the host's network,
 * with all that listens on it, is for those who ask for it.
 */
async function attachNetwork(
  { floor, request, progress, signal }: StepContext,
  id: string,
  wanted: RunEffect['network'],
): Promise<Attachment> {
  const mode = wanted === 'default' ? request.networkMode || 'default' : wanted;
  const nameServers = await hostNameServers();
  const attach = (mode: string) =>
    floor.networks.attach(id, { containerName: id.slice(0, 12), mode, ports: [], nameServers }, signal);
  const warn = (message: string) => progress({ kind: 'warning', message, range: undefined });
  const isUsual = mode === 'default' || mode === 'bridge';
  try {
    const network = await attach(mode);
    network.warnings.forEach(warn);
    if (isUsual && network.warnings.length > 0 && network.namespace !== 'host') warn(HINT);
    return network;
  } catch (error) {
    if (!isUsual || (!isKind(error, 'unavailable') && !isKind(error, 'unsupported'))) throw error;
    warn(`RUN has no network: ${error.message}`);
    warn(HINT);
    return attach('none');
  }
}

/** Runs the sandbox to its end, whatever happens, and gives the command's exit code. */
async function execute(context: StepContext, spec: SandboxSpec, range: SourceRange): Promise<number> {
  const { floor, signal } = context;
  const { sandbox } = floor;
  const foreign = new ForeignProgram(context, spec.rootfs, range);
  signal.throwIfAborted();
  const kill = (): void => {
    // A sandbox that has ended in the meantime cannot be killed, and need not.
    sandbox.kill(spec.id, SIGKILL, { all: true }).catch(() => undefined);
  };
  try {
    const process = await sandbox.run(spec, signal);
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    const [exit] = await Promise.all([
      process.exited,
      forward(process.stdout, 'stdout', foreign.progress),
      process.stderr === undefined ? undefined : forward(process.stderr, 'stderr', foreign.progress),
    ]);
    signal.throwIfAborted();
    if (exit.exitCode !== 0) await foreign.check();
    return exit.exitCode;
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== 'invalid') throw error;
    await foreign.check(error.message);
    // The command could not be started: no such program, or not one.
    throw new BuildError('invalid', { code: error.code, message: error.message, range, cause: error });
  } finally {
    signal.removeEventListener('abort', kill);
    await sandbox.remove(spec.id);
  }
}

async function forward(
  output: Readable,
  stream: 'stdout' | 'stderr',
  progress: StepContext['progress'],
): Promise<void> {
  const decoder = new StringDecoder('utf8');
  for await (const chunk of output) {
    const text = decoder.write(chunk);
    if (text !== '') progress({ kind: 'output', stream, text });
  }
  const rest = decoder.end();
  if (rest !== '') progress({ kind: 'output', stream, text: rest });
}

const targetOf = ({ destination }: MountSpec): string => destination;

function failed(run: RunEffect, exitCode: number, range: SourceRange): BuildError {
  return new BuildError('invalid', {
    code: 'command-failed',
    message: `The command '${run.argv.join(' ')}' returned a non-zero code: ${exitCode}`,
    exitCode,
    range,
    subject: run.command,
  });
}

async function processOf(
  { request }: StepContext,
  rootfs: string,
  run: RunEffect,
  ofMounts: Readonly<Record<string, string>>,
): Promise<ProcessSpec> {
  const user = await resolveUser(rootfs, run.user, []);
  const variables = Object.entries({ ...run.proxy, ...run.environment, ...ofMounts }).map(
    ([name, value]) => `${name}=${value}`,
  );
  return {
    args: run.argv,
    env: mergeEnv([`HOME=${user.home}`], variables),
    cwd: run.workingDir,
    user,
    tty: false,
    stdin: false,
    capabilities: capabilitySet([], [], run.security === 'insecure'),
    noNewPrivileges: false,
    ...(request.ulimits !== undefined && { ulimits: request.ulimits }),
  };
}

function sandboxSpec(
  { request }: StepContext,
  id: string,
  rootfs: string,
  process: ProcessSpec,
  network: Attachment,
  mounts: readonly MountSpec[],
): SandboxSpec {
  return {
    id,
    rootfs,
    readonlyRootfs: false,
    hostname: hostnameOf(request, id),
    process,
    mounts,
    namespaces: { network: network.namespace, pid: 'private', ipc: 'private', uts: 'private', cgroup: 'default' },
    limits: request.limits ?? {},
    ...(request.cgroupParent !== undefined && { cgroupParent: join('/', request.cgroupParent) }),
    shmSize: request.shmSize,
    privileged: false,
    seccomp: 'default',
    maskedPaths: DEFAULT_MASKED_PATHS,
    readonlyPaths: DEFAULT_READONLY_PATHS,
    sysctls: {},
    devices: [],
  };
}
