import { StringDecoder } from 'node:string_decoder';
import type Docker from 'dockerode';
import * as vscode from 'vscode';
import type { EngineSession } from '../engines/session.ts';
import { apiMessage } from '../errors.ts';
import { Demultiplexer } from './demultiplex.ts';

/** Follows a container's log in a terminal, and goes on when the container is started again. */
export class LogTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#write.event;
  readonly #closing = new AbortController();
  readonly #subscriptions: vscode.Disposable[] = [];
  #following = false;

  constructor(
    private readonly session: EngineSession,
    private readonly id: string,
    private readonly tail: number,
  ) {}

  open(): void {
    this.#subscriptions.push(
      this.session.onEvent((event) => {
        if (event.id !== this.id || event.type !== 'container') return;
        if (event.action === 'start') void this.#follow(0);
        if (event.action === 'die') this.#note(vscode.l10n.t('exited ({0})', event.attributes.exitCode ?? '?'));
        if (event.action === 'destroy') this.#note(vscode.l10n.t('removed'));
      }),
      this.session.onDidChangeState((state) => {
        if (state.kind === 'ready') void this.#follow(0);
      }),
    );
    void this.#follow(this.tail);
  }

  close(): void {
    this.#closing.abort();
    vscode.Disposable.from(...this.#subscriptions).dispose();
    this.#write.dispose();
  }

  async #follow(tail: number): Promise<void> {
    const { state } = this.session;
    if (this.#following || state.kind !== 'ready') return;
    this.#following = true;
    try {
      await this.#stream(state.docker, tail);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#note(apiMessage(error));
    } finally {
      this.#following = false;
    }
  }

  async #stream(docker: Docker, tail: number): Promise<void> {
    const container = docker.getContainer(this.id);
    const tty = (await container.inspect()).Config.Tty;
    const stream = await container.logs({
      ...{ follow: true, stdout: true, stderr: true, tail },
      abortSignal: this.#closing.signal,
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
