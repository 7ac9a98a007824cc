import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import type { ExecCreate } from '../../protocol/engine/exec.ts';
import { conflict, EngineError, invalid, notFound } from '../errors.ts';
import { furtherProcess } from '../sandbox/started-process.ts';
import { announce } from './announce.ts';
import type { Container } from './container.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { Exec, ExecRecord } from './exec.ts';
import type { Floor } from './floor.ts';
import { heldSurvivor, type SurvivingExec } from './keepers.ts';
import { execProcess } from './process-spec.ts';
import { pumpOutput } from './pump.ts';
import { runOf } from './refusals.ts';

/** Exit code of an exec that could not be started. */
const CANNOT_START = 126;
/** How many ended execs can still be asked for. */
const KEPT = 256;

/** Processes that are added to running containers. */
export class Execs {
  readonly #byId = new Map<string, Exec>();

  constructor(private readonly floor: Floor) {}

  create(container: Container, config: ExecCreate): Exec {
    this.#check(container);
    if (config.Cmd === undefined || config.Cmd.length === 0) {
      throw invalid({ code: 'exec-no-command', message: 'No exec command specified', subject: container.id });
    }
    parseDetachKeys(config.DetachKeys);
    const exec = new Exec(randomBytes(32).toString('hex'), container, config);
    this.#byId.set(exec.id, exec);
    this.#forgetOldest();
    announce(this.floor.events, container, `exec_create: ${exec.commandLine}`, { execID: exec.id });
    return exec;
  }

  get(id: string): Exec {
    const exec = this.#byId.get(id);
    if (exec !== undefined) return exec;
    throw notFound({ code: 'exec-not-found', message: `No such exec instance: ${id}`, subject: id });
  }

  /** IDs of those that run in a container. */
  running(containerId: string): string[] {
    return [...this.#byId.values()]
      .filter((exec) => exec.container.id === containerId && exec.state === 'running')
      .map((exec) => exec.id);
  }

  forget(containerId: string): void {
    for (const exec of this.#byId.values()) if (exec.container.id === containerId) this.#byId.delete(exec.id);
  }

  /** Checks that an exec can start now. Errors: EngineError `conflict`. */
  claim(exec: Exec): void {
    if (exec.state !== 'created') {
      throw conflict({ code: 'exec-started', message: `exec ${exec.id} has been started already`, subject: exec.id });
    }
    this.#check(exec.container);
    exec.state = 'running';
  }

  /**
   * Starts a claimed exec. Resolves when its process runs; `ended` resolves when it has ended and its output has been
   * handed on. Its output ends afterwards, so that a client who sees the end can ask for the exit code.
   */
  async start(exec: Exec, consoleSize: readonly number[] | undefined): Promise<{ readonly ended: Promise<void> }> {
    const { container, config } = exec;
    const { keepers } = this.floor;
    try {
      const run = runOf(container);
      announce(this.floor.events, container, `exec_start: ${exec.commandLine}`, { execID: exec.id });
      const wishes = {
        args: exec.command,
        env: config.Env,
        user: config.User,
        cwd: config.WorkingDir,
        tty: config.Tty,
        stdin: config.AttachStdin,
        consoleSize: consoleSize ?? config.ConsoleSize,
      };
      // On the disk before anything runs, so that a later daemon finds it.
      const remembered = keepers.rememberExec(exec.id, exec.record);
      const { config: own, hostConfig } = container.record;
      const spec = await execProcess(run.rootfs, own, hostConfig, wishes).finally(() => remembered);
      const privileged = config.Privileged || hostConfig.Privileged;
      const keeping = keepers.exec(exec.id, exec.output.listens);
      exec.started(await this.floor.sandbox.exec(container.id, spec, { privileged, keeping }));
      exec.output.connect(exec.process?.listen, keeping.listens);
    } catch (error) {
      exec.state = 'ended';
      exec.exitCode = CANNOT_START;
      await keepers.forgetExec(exec.id);
      if (!(error instanceof EngineError)) throw error;
      await exec.output.write('stdout', Buffer.from(`${error.message}\r\n`));
      exec.output.end();
      exec.input.disconnect();
      throw error;
    }
    return { ended: this.#follow(exec) };
  }

  /**
   * Takes over the execs that outlived an earlier daemon, and learns how those ended that did not. Those that are just being
   * started follow when they are.
   */
  async recover(find: (containerId: string) => Container | undefined): Promise<void> {
    for (const each of await this.floor.keepers.execs()) {
      const taken = this.#takeOver(each, find).catch((error: unknown) => {
        this.floor.log.error(`exec ${each.id} of an earlier daemon cannot be taken over`, error);
      });
      if (each.state === 'settled') await taken;
    }
  }

  async #takeOver(
    { id, record, survivor: settling }: SurvivingExec,
    find: (containerId: string) => Container | undefined,
  ): Promise<void> {
    const survivor = await settling;
    const read = z.safeParse(ExecRecord, record);
    if (!read.success) {
      // What it belongs to has it end with its container.
      if (survivor.kind === 'running') survivor.link.leave();
      else await this.floor.keepers.forgetExec(id);
      this.floor.log.error(`exec ${id} of an earlier daemon is not shown: its record cannot be read`, read.error);
      return;
    }
    const { containerId, config } = read.data;
    const container = find(containerId);
    const streams = { tty: config.Tty, stdin: config.AttachStdin };
    const held = heldSurvivor(survivor, streams, this.floor.keepers.execFolder(id));
    if (container?.run === undefined || held === undefined) {
      if (survivor.kind === 'running') survivor.link.abandon();
      await this.floor.keepers.forgetExec(id);
      return;
    }
    const exec = new Exec(id, container, config);
    exec.state = 'running';
    exec.started(furtherProcess(held));
    exec.output.connect(held.listen, 'off');
    this.#byId.set(id, exec);
    void this.#follow(exec);
  }

  #follow(exec: Exec): Promise<void> {
    const process = exec.process!;
    exec.input.connect(process.stdin);
    const pumped = pumpOutput(process, exec.output);
    return pumped.then(() => this.#ended(exec));
  }

  async #ended(exec: Exec): Promise<void> {
    const exit = await exec.process!.exited;
    exec.state = 'ended';
    exec.exitCode = exit.exitCode;
    exec.output.end();
    exec.input.disconnect();
    announce(this.floor.events, exec.container, 'exec_die', { execID: exec.id, exitCode: String(exit.exitCode) });
    await this.floor.keepers.forgetExec(exec.id);
  }

  #check(container: Container): void {
    runOf(container);
    if (container.state.status === 'paused') {
      throw conflict({
        code: 'container-paused',
        message: `Container ${container.id} is paused, unpause the container before exec`,
        subject: container.id,
      });
    }
  }

  #forgetOldest(): void {
    for (const exec of this.#byId.values()) {
      if (this.#byId.size <= KEPT) return;
      if (exec.state === 'ended') this.#byId.delete(exec.id);
    }
  }
}
