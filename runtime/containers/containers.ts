import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageId } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import type { ContainerCreate } from '../../protocol/engine/container-create.ts';
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
import { removeImageMounts } from './image-mounts.ts';
import type { Survivor } from './keepers.ts';
import { Lifecycle } from './lifecycle.ts';
import type { BindRules } from './mounts.ts';
import { makeName, parseName } from './names.ts';
import { platformWarnings } from './platform-warnings.ts';
import type { ContainerRecord } from './record.ts';
import { RecordWriter } from './record-writer.ts';
import { beingRemoved, runOf } from './refusals.ts';
import { releaseSharedMemory } from './shared-memory.ts';
import { sizesOf } from './sizes.ts';
import { takeOver } from './take-over.ts';
import type { WaitCondition, WaitResult } from './waiters.ts';

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
    this.lifecycle = new Lifecycle(floor, neighbours, (container) => this.removeByItself(container), health);
  }

  /** By name, ID or unique beginning of an ID. Error: EngineError `not-found`. */
  get(nameOrId: string): Container {
    return this.index.get(nameOrId);
  }

  /** What is alive of a container. Errors: EngineError `not-found`, `conflict` where it does not run. */
  running(nameOrId: string) {
    return runOf(this.get(nameOrId));
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
          message: `You cannot remove a ${container.state.status} container ${container.id}. ${container.state.status === 'paused' ? 'Unpause and then stop' : 'Stop'} the container before attempting removal or force remove`,
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
      await this.floor.networks.rename(container.id, next);
      announce(this.floor.events, container, 'rename', { oldName: `/${old}` });
    });
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
      bytes += (await sizesOf(this.floor, container)).SizeRw;
      await this.remove(container, { force: false, volumes: false });
      ids.push(container.id);
    }
    return { ids, bytes };
  }

  /** Begins with what an earlier daemon left. */
  recover(survivors: ReadonlyMap<string, Survivor>): Promise<void> {
    return takeOver(this, this.documents, survivors);
  }

  /** Puts a container that an earlier daemon made into the index. */
  restore(record: ContainerRecord): Container {
    const container = new Container(record, this.#folder(record.id), new RecordWriter(this.documents, this.floor.log));
    this.index.add(container);
    return container;
  }

  /** Leaves all containers as they are to the next daemon, and writes what is not yet on the disk. */
  async leave(): Promise<void> {
    this.lifecycle.daemon = 'closing';
    await Promise.all(this.index.all().map((container) => container.flush()));
  }

  /** Stops all containers and writes what is not yet on the disk. */
  async close(): Promise<void> {
    this.lifecycle.daemon = 'closing';
    await Promise.all(
      this.index.all().map(async (container) => {
        const { AutoRemove: autoRemove } = container.record.hostConfig;
        await this.lifecycle.shutDown(container);
        if (autoRemove) await this.removeByItself(container);
        await container.flush();
      }),
    );
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

  /** Removes one that was started with `--rm`. Nobody waits for it, so that a failure goes to the log. */
  async removeByItself(container: Container): Promise<void> {
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
