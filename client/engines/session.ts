import { watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Docker from 'dockerode';
import * as vscode from 'vscode';
import { apiMessage, EngineUnavailable } from '../errors.ts';
import { backOff, delay } from './back-off.ts';
import { createDocker } from './docker.ts';
import { type EngineEvent, parseEvent } from './events.ts';
import { type EngineIdentity, identify } from './identity.ts';
import { JsonLines } from './json-lines.ts';
import { type EngineTarget, targetUrl } from './target.ts';

/** How the one connection of a window stands. */
export type EngineState =
  /** Our own engine is not running; nothing is wrong. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'ready'; readonly docker: Docker; readonly identity: EngineIdentity }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** What the session needs from outside: where the engine is, and how our own is started. */
export interface EngineSource {
  target(): EngineTarget;
  /** Starts our own engine; resolves when it listens. */
  launch(signal: AbortSignal): Promise<void>;
}

/** The window's connection to its engine: connects, follows the events, reconnects with back-off. One owner: extension.ts. */
export class EngineSession implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<EngineState>();
  readonly #events = new vscode.EventEmitter<EngineEvent>();
  readonly onDidChangeState = this.#changed.event;
  readonly onEvent = this.#events.event;
  #state: EngineState = { kind: 'connecting' };
  #loop = new AbortController();
  #launching: Promise<void> | undefined;

  constructor(
    private readonly source: EngineSource,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get state(): EngineState {
    return this.#state;
  }

  get target(): EngineTarget {
    return this.source.target();
  }

  /** Drops the connection, if any, and connects to the target as it now is. */
  connect(): void {
    this.#loop.abort();
    this.#loop = new AbortController();
    this.#set({ kind: 'connecting' });
    this.#run(this.target, this.#loop.signal).catch((error: unknown) => this.log.error(`Engine connection: ${error}`));
  }

  /** Gives the API client where an engine is connected, after an attempt under way; starts nothing. */
  async connected(): Promise<Docker | undefined> {
    const state = await this.#settled();
    return state.kind === 'ready' ? state.docker : undefined;
  }

  /** Gives the API client of a connected engine; starts our own where it is not running. Rejects with EngineUnavailable. */
  async ready(): Promise<Docker> {
    return (await this.readyEngine()).docker;
  }

  /** As `ready`, with who answers. */
  async readyEngine(): Promise<Extract<EngineState, { kind: 'ready' }>> {
    if (this.#state.kind === 'unreachable') this.connect();
    if ((await this.#settled()).kind === 'stopped') await this.start();
    const state = this.#state;
    if (state.kind === 'ready') return state;
    throw new EngineUnavailable(
      state.kind === 'unreachable'
        ? `No engine answers at ${targetUrl(this.target)}: ${state.reason}`
        : 'The engine is not running.',
      this.target.kind === 'own' ? 'own' : 'other',
    );
  }

  /** Starts our own engine (once, however often it is asked) and connects. */
  start(): Promise<void> {
    this.#launching ??= this.#launch().finally(() => {
      this.#launching = undefined;
    });
    return this.#launching;
  }

  dispose(): void {
    this.#loop.abort();
    this.#changed.dispose();
    this.#events.dispose();
  }

  async #launch(): Promise<void> {
    this.#loop.abort();
    this.#loop = new AbortController();
    this.#set({ kind: 'starting' });
    try {
      await this.source.launch(this.#loop.signal);
    } catch (error) {
      const answers = await createDocker(this.target)
        .then((docker) => docker.ping())
        .then(
          () => true,
          () => false,
        );
      if (!answers) {
        this.#set({ kind: 'unreachable', reason: apiMessage(error) });
        throw error;
      }
      this.log.info('Another window started the engine first.');
    }
    this.connect();
    await this.#settled();
  }

  async #run(target: EngineTarget, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#follow(target, signal, () => {
          attempt = -1;
        });
        this.log.warn(`The engine at ${targetUrl(target)} closed the connection.`);
        this.#set({ kind: 'connecting' });
      } catch (error) {
        if (signal.aborted) return;
        if (attempt <= 0) this.log.info(`No engine at ${targetUrl(target)}: ${apiMessage(error)}`);
        if (this.#state.kind !== 'stopped')
          this.#set(
            target.kind === 'own' && isAbsent(error)
              ? { kind: 'stopped' }
              : { kind: 'unreachable', reason: apiMessage(error) },
          );
      }
      if (signal.aborted) return;
      await this.#pause(target, attempt, signal).catch(() => undefined);
    }
  }

  /** Connects and stays until the event stream ends. */
  async #follow(target: EngineTarget, signal: AbortSignal, onReady: () => void): Promise<void> {
    const docker = await createDocker(target);
    await docker.ping();
    const identity = await identify(docker);
    const stream = await docker.getEvents({ abortSignal: signal });
    if (signal.aborted) return;
    const lines = new JsonLines((value) => {
      const event = parseEvent(value);
      if (event !== undefined) this.#events.fire(event);
    });
    // However the stream ends, whether the engine still answers is for the next attempt to say.
    const closed = new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => lines.write(chunk));
      stream.on('error', () => resolve());
      stream.on('close', resolve);
      stream.on('end', resolve);
    });
    this.log.info(`Connected to ${identity.name} ${identity.version} at ${targetUrl(target)}.`);
    onReady();
    this.#set({ kind: 'ready', docker, identity });
    await closed;
  }

  /** Our own engine, stopped, is waited for where its socket will be; any other is tried again with back-off. */
  async #pause(target: EngineTarget, attempt: number, signal: AbortSignal): Promise<void> {
    if (this.#state.kind !== 'stopped' || target.kind !== 'own') return delay(backOff(attempt + 1), signal);
    return socketAppears(target.socket, signal);
  }

  #settled(): Promise<EngineState> {
    const pending = (state: EngineState) => state.kind === 'starting' || state.kind === 'connecting';
    if (!pending(this.#state)) return Promise.resolve(this.#state);
    return new Promise((resolve) => {
      const listener = this.#changed.event((state) => {
        if (pending(state)) return;
        listener.dispose();
        resolve(state);
      });
    });
  }

  #set(state: EngineState): void {
    if (state.kind === this.#state.kind && state.kind !== 'ready' && state.kind !== 'unreachable') return;
    this.#state = state;
    this.#changed.fire(state);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}

/** Resolves when something changes where the socket will be: in its folder, or in the nearest one that exists. */
async function socketAppears(socket: string, signal: AbortSignal): Promise<void> {
  let folder = dirname(socket);
  while (folder !== '/' && !(await exists(folder))) folder = dirname(folder);
  const awaited = socket.slice(folder === '/' ? 1 : folder.length + 1).split('/')[0];
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(folder, { persistent: false });
    const finish = (settle: () => void) => {
      watcher.close();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => finish(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    watcher.on('change', (_, name) => {
      if (String(name) === awaited) finish(resolve);
    });
    watcher.on('error', (error) => finish(() => reject(error)));
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
