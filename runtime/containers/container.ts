import { join } from 'node:path';
import type { Attachment } from '../networks/networks.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import type { ContainerId } from './container-id.ts';
import type { HealthState } from './health-state.ts';
import { InputGate } from './input.ts';
import { LogFile } from './log-file.ts';
import { logRotation } from './log-options.ts';
import { OutputHub } from './output.ts';
import type { ContainerRecord, ContainerState } from './record.ts';
import type { RecordWriter } from './record-writer.ts';
import { Restarts } from './restarts.ts';
import { Serial } from './serial.ts';
import { Waiters } from './waiters.ts';

/** A container's process and what it holds as long as it runs. */
export interface Run {
  readonly process: SandboxProcess;
  /** Absolute path of the mounted root. */
  readonly rootfs: string;
  readonly attachment: Attachment;
  /** Resolves when the process has ended and everything it held is given back; never rejects. */
  readonly finished: Promise<void>;
}

/** One container: what is kept of it, and what is alive of it. `Lifecycle` alone changes its state. */
export class Container {
  readonly output = new OutputHub();
  readonly input = new InputGate();
  readonly waiters = new Waiters();
  /** Starts, removals and renames, one at a time. */
  readonly serial = new Serial();
  readonly log: LogFile;
  readonly restarts = new Restarts();
  run: Run | undefined;

  constructor(
    public record: ContainerRecord,
    readonly folder: string,
    private readonly writer: RecordWriter,
  ) {
    this.log = new LogFile(
      join(folder, `${record.id}-json.log`),
      logRotation(record.hostConfig.LogConfig)?.maxFiles ?? 1,
    );
  }

  get id(): ContainerId {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  get state(): ContainerState {
    return this.record.state;
  }

  /** Set where its health is tested. */
  get health(): HealthState | undefined {
    return this.record.health;
  }

  /** Written with the next change of its state: tests are too many for a write each. */
  set health(health: HealthState | undefined) {
    this.record = { ...this.record, health };
  }

  /** Has a process, paused or not. */
  get isRunning(): boolean {
    return this.state.status === 'running' || this.state.status === 'paused';
  }

  /** Changes the record; on the disk when the promise resolves. */
  update(change: Partial<ContainerRecord>): Promise<void> {
    this.record = { ...this.record, ...change };
    return this.writer.save(this.record);
  }

  setState(change: Partial<ContainerState>): Promise<void> {
    return this.update({ state: { ...this.state, ...change } });
  }

  flush(): Promise<void> {
    return this.writer.flush();
  }

  forget(): Promise<void> {
    return this.writer.delete(this.id);
  }
}
