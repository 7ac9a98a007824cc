import * as z from 'zod/mini';
import { ExecCreate } from '../../protocol/engine/exec.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import type { Container } from './container.ts';
import { InputGate } from './input.ts';
import { OutputHub } from './output.ts';

/** What is kept of an exec as long as it runs. */
export const ExecRecord = z.object({ containerId: z.string(), config: ExecCreate });
export type ExecRecord = z.output<typeof ExecRecord>;

/** A further process of a container: planned, running or ended. */
export class Exec {
  readonly output = new OutputHub();
  readonly input = new InputGate();
  #process: SandboxProcess | undefined;
  #size: readonly [rows: number, columns: number] | undefined;
  state: 'created' | 'running' | 'ended' = 'created';
  /** Set once it has ended. */
  exitCode: number | undefined;

  constructor(
    readonly id: string,
    readonly container: Container,
    readonly config: ExecCreate,
  ) {}

  /** What a later daemon has to know of it. */
  get record(): ExecRecord {
    return { containerId: this.container.id, config: this.config };
  }

  get process(): SandboxProcess | undefined {
    return this.#process;
  }

  /** The process runs: it gets the size that its terminal was given meanwhile. */
  started(process: SandboxProcess): void {
    this.#process = process;
    if (this.#size !== undefined) process.resize(...this.#size);
  }

  /** Sets the terminal's size. Clients do so as soon as they are connected, which may be before the process runs. */
  resize(rows: number, columns: number): void {
    this.#size = [rows, columns];
    this.#process?.resize(rows, columns);
  }

  get command(): readonly string[] {
    return this.config.Cmd ?? [];
  }

  /** As events tell it: Docker parts the program from what follows by a space, also where nothing does. */
  get commandLine(): string {
    const [program = '', ...args] = this.command;
    return `${program} ${args.join(' ')}`;
  }

  /** `GET /exec/{id}/json`. */
  inspect() {
    const [entrypoint = '', ...args] = this.command;
    return {
      ID: this.id,
      Running: this.state === 'running',
      ExitCode: this.exitCode ?? null,
      ProcessConfig: {
        tty: this.config.Tty,
        entrypoint,
        arguments: args,
        privileged: this.config.Privileged,
        ...(this.config.User !== '' && { user: this.config.User }),
      },
      OpenStdin: this.config.AttachStdin,
      OpenStderr: this.config.AttachStderr,
      OpenStdout: this.config.AttachStdout,
      CanRemove: false,
      ContainerID: this.container.id,
      DetachKeys: this.config.DetachKeys,
      Pid: this.process?.pid ?? 0,
    };
  }
}
