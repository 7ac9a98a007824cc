import type { Socket } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import type { ChildExit } from '../os/child-exit.ts';
import { keptExit } from './exit-record.ts';
import { FrameReader, type KeeperFrame, keeperFrame, MOST } from './frames.ts';
import { KeeperInput } from './input.ts';

/** What a keeper says when one connects. */
export interface Hello {
  /** The keeper's own process id. */
  readonly keeper: number;
  /** The process that it keeps; undefined as long as that is being started. */
  readonly process: number | undefined;
}

/**
 * The daemon's connection to a keeper. Output comes as long as somebody listens; what a slow listener has not taken makes the
 * process wait. The promises reject with `KeeperGone` where the connection ends before.
 */
export class KeeperLink {
  readonly hello: Promise<Hello>;
  /** The command that starts the process has ended: its exit code. */
  readonly command: Promise<number>;
  /** The process runs: its id. */
  readonly running: Promise<number>;
  /** The process has ended, and all its output is in the log and in the streams. */
  readonly ended: Promise<ChildExit>;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly #input: KeeperInput;
  readonly #settle: { [name in KeeperFrame | 'gone']?: (value: never) => void } = {};

  constructor(private readonly socket: Socket) {
    const gone = new Promise<never>((_, reject) => {
      this.#settle.gone = reject;
    });
    gone.catch(() => undefined);
    const once = <T>(frame: KeeperFrame): Promise<T> => {
      const told = new Promise<T>((resolve) => {
        this.#settle[frame] = resolve as (value: never) => void;
      });
      const promise = Promise.race([told, gone]);
      // Not everybody waits for everything.
      promise.catch(() => undefined);
      return promise;
    };
    this.hello = once('hello');
    this.command = once('command');
    this.running = once('running');
    this.ended = once('ended');
    this.stdout = outputOf(socket);
    this.stderr = outputOf(socket);
    this.#input = new KeeperInput({
      send: (piece) => this.#send(keeperFrame('input', piece)),
      end: () => this.#send(keeperFrame('close')),
    });
    this.stdin = this.#input;
    this.#listen();
  }

  /** Tells which process to keep, where the command does not leave its id in a file. */
  adopt(pid: number): void {
    this.#send(keeperFrame('adopt', [pid]));
  }

  /** Says what is to be entered, to a keeper that was started for that (src/plan.h). */
  enter(plan: Buffer): void {
    const frames: Buffer[] = [];
    for (let at = 0; at < plan.length; at += MOST) frames.push(keeperFrame('entry', plan.subarray(at, at + MOST)));
    this.#send(Buffer.concat([...frames, keeperFrame('entry')]));
  }

  resize(rows: number, columns: number): void {
    this.#send(keeperFrame('resize', [clamp(rows), clamp(columns)]));
  }

  /** Whether the output is to be sent here. */
  listen(whether: 'on' | 'off'): void {
    this.#send(keeperFrame('listen', [whether === 'on' ? 1 : 0]));
  }

  /** Ends the process and its keeper, which leaves no record. */
  abandon(): void {
    this.#send(keeperFrame('abandon'));
  }

  /** Lets the keeper be, for the next daemon. */
  leave(): void {
    this.socket.destroy();
  }

  /** The process lives longer than who waits for it: does not keep Node running. */
  unref(): void {
    this.socket.unref();
  }

  #send(frame: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(frame);
  }

  #listen(): void {
    const { socket } = this;
    const frames = new FrameReader();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const { type, body } of frames.push(chunk)) this.#take(type, body);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    // 'close' follows, whatever the reason.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#settle.gone?.(new KeeperGone() as never);
      this.stdout.push(null);
      this.stderr.push(null);
      this.#input.destroy();
    });
  }

  #take(type: KeeperFrame, body: Buffer): void {
    const resolve = (value: unknown): void => this.#settle[type]?.(value as never);
    switch (type) {
      case 'stdout':
      case 'stderr':
        if (!this[type].destroyed && !this[type].push(body)) this.socket.pause();
        break;
      case 'taken':
        this.#input.taken(body.readUInt32LE(0));
        break;
      case 'hello': {
        const process = body.readUInt32LE(4);
        if (process !== 0) this.#settle.running?.(process as never);
        resolve({ keeper: body.readUInt32LE(0), process: process === 0 ? undefined : process });
        break;
      }
      case 'ended':
        this.stdout.push(null);
        this.stderr.push(null);
        resolve(
          keptExit(
            body.readUInt32LE(0),
            Number(body.readBigUInt64LE(4)),
            // A keeper of an earlier version says less.
            body.length < 16 ? undefined : body.readUInt32LE(12),
          ),
        );
        break;
      case 'command':
      case 'running':
        resolve(body.readUInt32LE(0));
    }
  }
}

/** The connection to a keeper has ended. */
export class KeeperGone extends Error {}

/** One of the streams that share a connection: who does not read holds up both, who has given up neither. */
function outputOf(socket: Socket): Readable {
  return new Readable({
    read: () => void socket.resume(),
    destroy(error, done) {
      socket.resume();
      done(error);
    },
  });
}

function clamp(size: number): number {
  return Math.max(0, Math.min(0xffff, Math.trunc(size)));
}
