import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EngineError, internal } from '../errors.ts';
import type { NetworkOps } from './network-ops.ts';
import { END, type OpAnswer, type OpName, type OpRequest, type ThreadData } from './thread/messages.ts';

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** An operation that the kernel refused in the network thread; `errnoName` as `EPERM`. */
export class NetworkOpError extends EngineError {
  readonly errnoName: string | undefined;

  constructor(error: Extract<OpAnswer, { error: unknown }>['error']) {
    super(error.kind, { code: error.code, message: error.message });
    this.errnoName = error.errnoName;
  }
}

/**
 * The thread that works on network namespaces. It is a thread of its own because namespaces belong to threads: one without
 * rights on the host's namespace cannot come back to it, and because the kernel may take tens of milliseconds while it
 * clears another namespace, for which the daemon must not stand still.
 */
export class NetworkThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #failure: Error | undefined;

  /** `path`: the bundled `dist/network-thread.js`. */
  constructor(path: string, data: ThreadData) {
    this.#worker = new Worker(path, { workerData: data, env: {} });
    this.#worker.unref();
    this.#worker.on('message', (answer: OpAnswer) => this.#settle(answer));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () =>
      this.#fail(internal({ code: 'network-thread-ended', message: 'the network thread has ended' })),
    );
  }

  call<Op extends OpName>(op: Op, ...args: Parameters<NetworkOps[Op]>): Promise<ReturnType<NetworkOps[Op]>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const request: OpRequest = { id: ++this.#calls, op, args };
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  #settle(answer: OpAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in answer) waiting?.reject(new NetworkOpError(answer.error));
    else waiting?.resolve(answer.result as never);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  /** The thread ends itself: one that is cut off while it loads its native libraries takes the whole process with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#failure !== undefined) return;
    const exited = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#worker.postMessage(END);
    await exited;
  }
}
