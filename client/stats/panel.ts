import { Readable } from 'node:stream';
import * as vscode from 'vscode';
import { readSample, type StatsSample } from '../../protocol/engine/stats-sample.ts';
import type { FromStatsPage, ToStatsPage } from '../../protocol/webviews.ts';
import { JsonLines } from '../engines/json-lines.ts';
import type { EngineSession } from '../engines/session.ts';
import { apiMessage } from '../errors.ts';

/** Ten minutes at one sample a second. */
const HISTORY = 600;

/** The container that a page is about. */
export interface Subject {
  readonly id: string;
  readonly name: string;
  readonly image: string;
}

/** The host's side of one Stats page: streams while the page is visible and the container runs, keeps the history. */
export class StatsPanel implements vscode.Disposable {
  readonly #history: StatsSample[] = [];
  readonly #subscriptions: vscode.Disposable[];
  #stream: AbortController | undefined;
  #ready = false;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly session: EngineSession,
    private readonly subject: Subject,
  ) {
    this.#subscriptions = [
      panel.webview.onDidReceiveMessage((message: FromStatsPage) => {
        if (message.type === 'ready') this.#greet();
      }),
      panel.onDidChangeViewState(() => this.#align()),
      session.onDidChangeState((state) => {
        if (state.kind === 'ready') this.#align();
        else this.#stop(vscode.l10n.t('The engine is not connected.'));
      }),
      session.onEvent((event) => {
        if (event.type === 'container' && event.id === subject.id && /^(start|unpause|restart)$/.test(event.action))
          this.#align();
      }),
    ];
  }

  dispose(): void {
    this.#stream?.abort();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #greet(): void {
    this.#ready = true;
    this.#send({ type: 'container', ...this.subject });
    this.#send({ type: 'history', samples: this.#history });
    this.#align();
  }

  /** Streams exactly while somebody can see it. */
  #align(): void {
    if (!this.panel.visible) {
      this.#ready = false;
      this.#stream?.abort();
      this.#stream = undefined;
      return;
    }
    if (!this.#ready || this.#stream !== undefined) return;
    const stream = new AbortController();
    this.#stream = stream;
    this.#follow(stream.signal)
      .then(
        (reason) => {
          if (!stream.signal.aborted) this.#stop(reason);
        },
        (error: unknown) => {
          if (!stream.signal.aborted) this.#stop(apiMessage(error));
        },
      )
      .finally(() => {
        if (this.#stream === stream) this.#stream = undefined;
      });
  }

  /** Resolves with the reason when the figures end. */
  async #follow(signal: AbortSignal): Promise<string> {
    // A page that comes back with the window starts no engine.
    const docker = await this.session.connected();
    if (docker === undefined) return vscode.l10n.t('The engine is not connected.');
    const container = docker.getContainer(this.subject.id);
    if (!(await container.inspect()).State.Running) return vscode.l10n.t('The container is not running.');
    const stream = asReadable(await container.stats({ stream: true }));
    const lines = new JsonLines((value) => {
      const sample = readSample(value);
      // A container that has stopped still gives values, without a time.
      if (sample === undefined || !(sample.time > 0) || signal.aborted) return;
      this.#history.push(sample);
      if (this.#history.length > HISTORY) this.#history.shift();
      this.#send({ type: 'sample', sample });
    });
    const onAbort = () => stream.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((resolve) => {
        stream.on('data', (chunk: Buffer) => lines.write(chunk));
        stream.once('end', resolve);
        stream.once('error', resolve);
        stream.once('close', resolve);
        const died = this.session.onEvent((event) => {
          if (event.id !== this.subject.id || !/^(die|destroy)$/.test(event.action)) return;
          died.dispose();
          onAbort();
          resolve();
        });
        stream.once('close', () => died.dispose());
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    return vscode.l10n.t('The container is not running.');
  }

  #stop(reason: string): void {
    this.#stream?.abort();
    this.#stream = undefined;
    this.#send({ type: 'paused', reason });
  }

  #send(message: ToStatsPage): void {
    void this.panel.webview.postMessage(message);
  }
}

/** dockerode's types know no `destroy`; what it gives is the response itself. */
function asReadable(stream: unknown): Readable {
  if (stream instanceof Readable) return stream;
  throw new TypeError('The engine answered without a stream.');
}
