import type Docker from 'dockerode';
import * as vscode from 'vscode';
import type { EngineEvent } from '../engines/events.ts';
import type { EngineSession } from '../engines/session.ts';

/** Events that come in a burst (create, connect, start) are answered by one request. */
const BURST = 80;

/** What the engine has of one resource, kept current by its events: no polling. */
export class Listing<T> implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  #items: readonly T[] = [];
  #loaded: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again = false;

  constructor(
    private readonly session: EngineSession,
    private readonly fetch: (docker: Docker) => Promise<readonly T[]>,
    concerns: (event: EngineEvent) => boolean,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#subscriptions = [
      session.onDidChangeState(() => this.#invalidate()),
      session.onEvent((event) => {
        if (concerns(event)) this.#schedule();
      }),
    ];
  }

  /** What is known now, without asking. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Whether the engine was asked since it was connected. */
  get loaded(): boolean {
    return this.#loaded !== undefined;
  }

  /** What the engine has, after the request under way or a first one. Empty while no engine is connected. */
  async load(): Promise<readonly T[]> {
    this.#loaded ??= this.#request();
    await this.#loaded;
    return this.#items;
  }

  /** Asks again, and announces the answer. */
  async refresh(): Promise<readonly T[]> {
    this.#loaded = undefined;
    await this.load();
    this.#changed.fire();
    return this.#items;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    vscode.Disposable.from(...this.#subscriptions).dispose();
    this.#changed.dispose();
  }

  #invalidate(): void {
    this.#loaded = undefined;
    if (this.session.state.kind !== 'ready') this.#items = [];
    this.#changed.fire();
  }

  #schedule(): void {
    if (this.#timer !== undefined) {
      this.#again = true;
      return;
    }
    this.#timer = setTimeout(() => {
      void this.refresh().finally(() => {
        this.#timer = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#schedule();
      });
    }, BURST);
  }

  async #request(): Promise<void> {
    const { state } = this.session;
    if (state.kind !== 'ready') {
      this.#items = [];
      return;
    }
    try {
      this.#items = await this.fetch(state.docker);
    } catch (error) {
      this.log.warn(`Listing failed: ${error instanceof Error ? error.message : error}`);
      this.#items = [];
    }
  }
}
