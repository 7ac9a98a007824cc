import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageId } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import type { ContainerCreate } from '../../protocol/engine/container-create.ts';
import type { ContainerUpdate } from '../../protocol/engine/host-config.ts';
import { conflict, invalid, isKind } from '../errors.ts';
import type { ImageUser } from '../images/image-store.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { announce } from './announce.ts';
import { Container } from './container.ts';
import { newContainerId } from './container-id.ts';
import { ContainerIndex } from './container-index.ts';
import { makeContainer, planContainer, removeVolumes } from './create.ts';
import { Execs } from './execs.ts';
import type { Floor } from './floor.ts';
import { HealthChecks } from './health.ts';
import { refuseRestartPolicy } from './host-config.ts';
import { removeImageMounts } from './image-mounts.ts';
import { heldSurvivor, type Survivor } from './keepers.ts';
import { adoptLaunched } from './launch.ts';
import { beingRemoved, Lifecycle, notRunning } from './lifecycle.ts';
import { checkLimits } from './limits.ts';
import type { BindRules } from './mounts.ts';
import { makeName, parseName } from './names.ts';
import { platformWarnings } from './platform-warnings.ts';
import type { ContainerRecord } from './record.ts';
import { RecordWriter } from './record-writer.ts';
import { isPast, recoverContainers } from './recover.ts';
import { startsWithDaemon } from './restart-policy.ts';
import { releaseSharedMemory } from './shared-memory.ts';
import { timestamp } from './timestamp.ts';
import type { WaitCondition, WaitResult } from './waiters.ts';

const KILLED = 137;

/** How a container is made, beside what its body says. */
export interface CreateOptions {
  readonly platform: Platform | undefined;
  /** What read-only binds are where the body does not say it. */
  readonly readOnlyBinds: BindRules['readOnly'];
}

/** How a container is removed. */
export interface RemoveOptions {
  /** Kills it where it runs. */
  readonly force: boolean;
  /** Removes the anonymous volumes with it. */
  readonly volumes: boolean;
}

/** The containers of an engine. */
export class Containers {
  readonly index = new ContainerIndex();
  readonly lifecycle: Lifecycle;
  readonly execs: Execs;

  constructor(
    readonly floor: Floor,
    private readonly documents: DocumentStore<ContainerRecord>,
  ) {
    const neighbours = {
      get: (name: string) => this.get(name),
      idOf: (name: string) => this.get(name).id,
      pidOf: (name: string) => this.running(name).process.pid,
    };
    this.execs = new Execs(floor);
    const health = new HealthChecks(this.execs, floor.events);
    this.lifecycle = new Lifecycle(floor, neighbours, (container) => this.#autoRemove(container), health);
  }

  /** By name, ID or unique beginning of an ID. Error: EngineError `not-found`. */
  get(nameOrId: string): Container {
    return this.index.get(nameOrId);
  }

  /** What is alive of a container. Error: EngineError `conflict` where it does not run. */
  running(nameOrId: string) {
    const container = this.get(nameOrId);
    if (container.run === undefined) throw notRunning(container);
    return container.run;
  }

  /** Who uses an image, which cannot be removed under it. */
  usersOf(image: ImageId): ImageUser[] {
    return this.index
      .all()
      .filter((container) => container.record.imageId === (image as string))
      .map((container) => ({ containerId: container.id, running: container.isRunning }));
  }

  async create(
    name: string | undefined,
    body: ContainerCreate,
    { platform, readOnlyBinds }: CreateOptions,
  ): Promise<{ container: Container; warnings: readonly string[] }> {
    const id = newContainerId();
    const image = this.floor.images.resolve(body.Image, platform);
    const chosen = name === undefined ? makeName((each) => this.index.isTaken(each), Math.random) : parseName(name);
    const taken = this.index.takeName(chosen, id);
    try {
      const folder = this.#folder(id);
      const wanted = { id, name: chosen, image, body, readOnlyBinds };
      const { record, warnings: planned } = await planContainer(this.floor, wanted, (other) => this.#neighbour(other));
      const warnings = platform === undefined ? [...platformWarnings(image), ...planned] : planned;
      const made = await makeContainer(this.floor, image, record, folder);
      const container = new Container(made, folder, new RecordWriter(this.documents, this.floor.log));
      this.index.add(container);
      const saved = container.update({});
      // One that goes by itself may as well be forgotten by a crash: recovery removes what nobody knows.
      if (!made.hostConfig.AutoRemove) await saved;
      announce(this.floor.events, container, 'create');
      return { container, warnings };
    } catch (error) {
      taken[Symbol.dispose]();
      throw error;
    }
  }

  /** Removes a container with its writable layer and log. Errors: EngineError `conflict` for one that runs. */
  async remove(container: Container, { force, volumes }: RemoveOptions): Promise<void> {
    if (container.state.status === 'removing') throw beingRemoved(container);
    if (container.isRunning || container.state.status === 'restarting') {
      if (!force) {
        throw conflict({
          code: 'container-running',
          message: `You cannot remove a ${container.state.status} container ${container.id}. Stop the container before attempting removal or force remove`,
          subject: container.id,
        });
      }
      await this.lifecycle.forceEnd(container);
    }
    await container.serial.run(async () => {
      if (this.index.find(container.id) === undefined) return;
      await this.lifecycle.forceEnd(container);
      await this.#erase(container, volumes);
    });
  }

  async rename(container: Container, name: string): Promise<void> {
    const next = parseName(name);
    await container.serial.run(async () => {
      const old = container.name;
      if (next === old) {
        throw invalid({
          code: 'container-name-same',
          message: 'Renaming a container with the same name as its current name',
          subject: container.id,
        });
      }
      this.index.takeName(next, container.id);
      this.index.releaseName(old);
      await container.update({ name: next });
      announce(this.floor.events, container, 'rename', { oldName: `/${old}` });
    });
  }

  /** Changes limits and the restart policy, while it runs too. Gives Docker's warnings. */
  async update(container: Container, change: ContainerUpdate): Promise<readonly string[]> {
    const old = container.record.hostConfig;
    const set = Object.entries(change).filter(([, value]) => typeof value !== 'object' && value !== 0 && value !== '');
    const hostConfig = { ...old, ...Object.fromEntries(set) };
    refuseRestartPolicy(change.RestartPolicy);
    if (old.AutoRemove && !/^(no)?$/.test(change.RestartPolicy.Name)) {
      throw invalid({
        code: 'restart-and-remove',
        message: 'Restart policy cannot be updated because AutoRemove is enabled for the container',
        subject: container.id,
      });
    }
    if (change.RestartPolicy.Name !== '') hostConfig.RestartPolicy = change.RestartPolicy;
    if (this.floor.features.swapLimit && change.MemorySwap === 0 && change.Memory > old.MemorySwap) {
      throw invalid({
        code: 'limit-invalid',
        message:
          'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
      });
    }
    const { limits, warnings } = checkLimits(hostConfig, this.floor.features, this.floor);
    if (container.run !== undefined) await this.floor.sandbox.update(container.id, limits);
    await container.update({ hostConfig });
    announce(this.floor.events, container, 'update');
    return warnings;
  }

  /** Resolves as the condition says; rejects where the client gives up. */
  wait(container: Container, condition: WaitCondition, signal: AbortSignal): Promise<WaitResult> {
    if (condition === 'removed') return container.waiters.wait('removal', signal);
    const { status, exitCode } = container.state;
    const idle = status === 'exited' || status === 'created' || status === 'dead';
    if (condition === 'not-running' && idle) return Promise.resolve({ StatusCode: exitCode, Error: null });
    return container.waiters.wait('exit', signal);
  }

  /** Removes those that do not run and that `filter` accepts; gives their IDs and what that freed. */
  async prune(filter: (record: ContainerRecord) => boolean): Promise<{ ids: string[]; bytes: number }> {
    const ids: string[] = [];
    let bytes = 0;
    for (const container of this.index.all()) {
      const { state, record } = container;
      if (state.status !== 'created' && state.status !== 'exited' && state.status !== 'dead') continue;
      if (!filter(record)) continue;
      bytes += (await this.floor.snapshots.usage(container.id)).bytes;
      await this.remove(container, { force: false, volumes: false });
      ids.push(container.id);
    }
    return { ids, bytes };
  }

  /**
   * Reads what an earlier daemon left, takes over what outlived it, and does what was due meanwhile. Then starts what is to
   * run always.
   */
  async recover(survivors: ReadonlyMap<string, Survivor>): Promise<void> {
    await mkdir(this.floor.folder, { recursive: true, mode: 0o700 });
    const records = await recoverContainers(this.floor, this.documents, survivors);
    for (const record of records) {
      const container = new Container(
        record,
        this.#folder(record.id),
        new RecordWriter(this.documents, this.floor.log),
      );
      this.index.add(container);
      for (const mount of record.mounts) if (mount.type === 'volume') await this.#reacquire(mount.name, record.id);
      await container.update({});
    }
    await Promise.all(this.index.all().map((container) => this.#adopt(container, survivors.get(container.id))));
    await this.floor.volumes.unmountUnused();
    await this.execs.recover((id) => this.index.find(id));
    for (const container of this.index.all()) {
      if (container.isRunning) continue;
      if (container.record.hostConfig.AutoRemove) await this.#autoRemove(container);
      else if (container.state.status === 'exited' && startsWithDaemon(container.record)) this.#startAgain(container);
    }
  }

  /** Leaves all containers as they are to the next daemon, and writes what is not yet on the disk. */
  async leave(): Promise<void> {
    this.lifecycle.closing = true;
    await Promise.all(this.index.all().map((container) => container.flush()));
  }

  /** Stops all containers and writes what is not yet on the disk. */
  async close(): Promise<void> {
    this.lifecycle.closing = true;
    await Promise.all(
      this.index.all().map(async (container) => {
        const { AutoRemove: autoRemove } = container.record.hostConfig;
        await this.lifecycle.shutDown(container, container.record.config.StopTimeout ?? 3);
        if (autoRemove) await this.#autoRemove(container);
        await container.flush();
      }),
    );
  }

  /** Takes over a container whose keeper outlived the last daemon, running or meanwhile ended. */
  async #adopt(container: Container, survivor: Survivor | undefined): Promise<void> {
    if (survivor === undefined || survivor.kind === 'lost' || isPast(container.record, survivor)) return;
    const { id, record } = container;
    const { keepers, log } = this.floor;
    const streams = { tty: record.config.Tty, stdin: record.config.OpenStdin };
    const held = heldSurvivor(survivor, streams, keepers.containerFolder(id));
    if (held === undefined) return;
    try {
      await this.lifecycle.adopt(container, await adoptLaunched(this.floor, record, held), survivor);
      log.info(`took over container ${container.name}, which ${survivor.kind === 'ended' ? 'has ended' : 'runs'}`);
    } catch (error) {
      log.error(`${container.name} cannot be taken over, and is ended`, error);
      if (survivor.kind === 'running') survivor.link.abandon();
      await this.floor.sandbox.remove(id);
      await this.floor.volumes.unmount(id);
      await container.setState({ status: 'exited', exitCode: KILLED, finishedAt: timestamp(), error: String(error) });
    }
  }

  /** A container that another one names. Error: EngineError `invalid`: clients take `not-found` for a missing image. */
  #neighbour(name: string): ContainerRecord {
    try {
      return this.get(name).record;
    } catch (error) {
      if (!isKind(error, 'not-found')) throw error;
      throw invalid({ code: error.code, message: error.message, subject: name, cause: error });
    }
  }

  #folder(id: string): string {
    return join(this.floor.folder, id);
  }

  async #reacquire(volume: string, containerId: string): Promise<void> {
    try {
      await this.floor.volumes.acquire(volume, containerId);
    } catch (error) {
      if (!isKind(error, 'not-found')) throw error;
      this.floor.log.warn(`container ${containerId} has lost its volume ${volume}`);
    }
  }

  #startAgain(container: Container): void {
    this.lifecycle.start(container).catch((error: unknown) => {
      this.floor.log.warn(`${container.name} could not be started again: ${String(error)}`);
    });
  }

  /** Nobody waits for this one, so that a failure goes to the log. */
  async #autoRemove(container: Container): Promise<void> {
    try {
      await this.remove(container, { force: true, volumes: true });
    } catch (error) {
      if (!isKind(error, 'conflict')) this.floor.log.error(`removing ${container.name} failed`, error);
    }
  }

  async #erase(container: Container, volumes: boolean): Promise<void> {
    const { id } = container;
    const { exitCode } = container.state;
    const before = container.record;
    releaseSharedMemory(container);
    container.record = { ...before, state: { ...before.state, status: 'removing' } };
    try {
      // The record goes first: of what a crash leaves without one, recovery removes the rest.
      await container.forget();
      await Promise.all([
        this.floor.snapshots.remove(id),
        rm(container.folder, { recursive: true, force: true }),
        this.floor.keepers.forgetContainer(id),
      ]);
      await removeImageMounts(this.floor, before);
      await removeVolumes(this.floor, id, volumes ? before.mounts : []);
    } catch (error) {
      await container.update({ state: { ...before.state, status: 'dead', error: String(error) } });
      throw error;
    }
    this.index.remove(container);
    // Its image may have been removed before it, and have left the layers that it stood on.
    await this.floor.images.discard([]);
    this.execs.forget(id);
    container.output.end();
    announce(this.floor.events, container, 'destroy');
    container.waiters.announce('exit', { StatusCode: exitCode, Error: null });
    container.waiters.announce('removal', { StatusCode: exitCode, Error: null });
  }
}
