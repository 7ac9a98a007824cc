import { StringDecoder } from 'node:string_decoder';
import type Docker from 'dockerode';
import * as vscode from 'vscode';
import type { EngineEvent } from '../engines/events.ts';
import type { EngineSession } from '../engines/session.ts';
import { apiMessage } from '../errors.ts';
import { Demultiplexer } from './demultiplex.ts';

/** Where a log is shown from: the last so many lines, or what was written after a time (milliseconds since the epoch). */
type Start = { readonly tail: number } | { readonly since: number };

/** Follows a container's log in a terminal, and goes on when the container is started again. */
export class LogTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#write.event;
  readonly #closing = new AbortController();
  readonly #subscriptions: vscode.Disposable[] = [];
  #following = false;
  /** The container was started while a log was still read: that of the run before, as a rule. */
  #startedMeanwhile = false;
  /** When the last run ended that is known of, in milliseconds since the epoch of the engine's clock. */
  #lastEnd = 0;

  constructor(
    private readonly session: EngineSession,
    private readonly id: string,
    private readonly tail: number,
  ) {}

  open(): void {
    this.#subscriptions.push(
      this.session.onEvent((event) => this.#onEvent(event)),
      this.session.onDidChangeState((state) => {
        if (state.kind === 'ready') void this.#follow({ tail: 0 });
      }),
    );
    void this.#follow({ tail: this.tail });
  }

  close(): void {
    this.#closing.abort();
    vscode.Disposable.from(...this.#subscriptions).dispose();
    this.#write.dispose();
  }

  #onEvent(event: EngineEvent): void {
    if (event.id !== this.id || event.type !== 'container') return;
    if (event.action === 'start') {
      this.#startedMeanwhile = true;
      void this.#follow({ since: this.#lastEnd });
    }
    if (event.action === 'die') {
      this.#lastEnd = Math.max(this.#lastEnd, event.time);
      this.#note(vscode.l10n.t('exited ({0})', event.attributes.exitCode ?? '?'));
    }
    if (event.action === 'destroy') this.#note(vscode.l10n.t('removed'));
  }

  async #follow(start: Start): Promise<void> {
    const { state } = this.session;
    if (this.#following || state.kind !== 'ready') return;
    this.#following = true;
    try {
      const container = state.docker.getContainer(this.id);
      for (let from: Start | undefined = start; from !== undefined; from = await this.#next(container)) {
        this.#startedMeanwhile = false;
        await this.#stream(container, from);
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#note(apiMessage(error));
    } finally {
      this.#following = false;
    }
  }

  /** What is to be read after a log has ended: the run that began before that was known here, if there is one. */
  async #next(container: Docker.Container): Promise<Start | undefined> {
    while (this.#startedMeanwhile && !this.#closing.signal.aborted) {
      this.#startedMeanwhile = false;
      if ((await this.#inspect(container)).State.Running) return { since: this.#lastEnd };
    }
    return undefined;
  }

  async #inspect(container: Docker.Container): Promise<Docker.ContainerInspectInfo> {
    const inspected = await container.inspect();
    // To the next millisecond: the last line can have been written in the same one.
    const finished = Date.parse(inspected.State.FinishedAt) + 1;
    if (finished > this.#lastEnd) this.#lastEnd = finished;
    return inspected;
  }

  async #stream(container: Docker.Container, from: Start): Promise<void> {
    const tty = (await this.#inspect(container)).Config.Tty;
    const stream = await container.logs({
      ...{ follow: true, stdout: true, stderr: true, abortSignal: this.#closing.signal },
      ...('since' in from ? { since: (from.since / 1000).toFixed(6) } : from),
    });
    const text = new StringDecoder('utf8');
    const plain = new Demultiplexer((data, name) => {
      const line = text.write(data).replace(/\r?\n/g, '\r\n');
      this.#write.fire(name === 'stderr' ? `\x1b[33m${line}\x1b[0m` : line);
    });
    stream.on('data', (chunk: Buffer) => (tty ? this.#write.fire(text.write(chunk)) : plain.write(chunk)));
    await new Promise<void>((resolve) => {
      stream.once('end', resolve);
      stream.once('error', resolve);
      stream.once('close', resolve);
    });
  }

  #note(text: string): void {
    this.#write.fire(`\r\n\x1b[2m── ${text} ──\x1b[0m\r\n`);
  }
}
