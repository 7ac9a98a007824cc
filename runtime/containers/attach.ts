import type { Duplex } from 'node:stream';
import { dropUnread } from '../os/unread.ts';
import { DetachScanner, parseDetachKeys } from './detach-keys.ts';
import { frame } from './frames.ts';
import type { InputGate } from './input.ts';
import type { OutputHub, OutputSink } from './output.ts';

/** What a client wants of the streams of a process. */
export interface AttachOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Empty: Docker's own. */
  readonly detachKeys: string;
}

/** The streams that a client attaches to. */
export interface Attachable {
  readonly tty: boolean;
  readonly output: OutputHub;
  readonly input: InputGate | undefined;
  /** What the end of the client's input does: close the process's, or end this client's attachment. */
  readonly atInputEnd: 'close-input' | 'detach';
}

/**
 * Joins a client's raw connection with a process's streams until the output ends, the client goes or detaches.
 * Resolves to which of them it was.
 */
export function attach(
  client: Duplex,
  target: Attachable,
  options: AttachOptions,
): Promise<'ended' | 'gone' | 'detached'> {
  return new Promise((resolve) => {
    let waiting: Promise<void> | undefined;
    const sink: OutputSink = {
      write(name, chunk) {
        if (!options[name] || client.destroyed) return 'unwanted';
        if (client.write(target.tty ? chunk : frame(name, chunk))) return 'taken';
        dropUnread(client);
        waiting ??= takesMore(client).then(() => {
          waiting = undefined;
        });
        return waiting;
      },
      end: () => finish('ended'),
    };
    const registration = target.output.add(sink);
    const finish = (why: 'ended' | 'gone' | 'detached'): void => {
      registration[Symbol.dispose]();
      client.off('close', onClose);
      if (!client.destroyed) client.end();
      resolve(why);
    };
    const onClose = (): void => finish('gone');
    client.on('close', onClose);
    client.on('error', () => client.destroy());
    const { input } = target;
    if (!options.stdin || input === undefined) {
      // The client's end of input is no end of interest.
      client.resume();
      return;
    }
    const scanner =
      target.tty || options.detachKeys !== '' ? new DetachScanner(parseDetachKeys(options.detachKeys)) : undefined;
    const forward = async (): Promise<void> => {
      for await (const chunk of client.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const { pass, detached } = scanner?.push(chunk) ?? { pass: chunk, detached: false };
        if (pass.length > 0) await input.write(pass);
        if (detached) return finish('detached');
      }
      if (target.atInputEnd === 'close-input') input.end();
      else finish('detached');
    };
    // A connection that breaks is seen by its 'close'.
    forward().catch(() => client.destroy());
  });
}

/** Resolves when a client takes more, or is gone. */
function takesMore(client: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      client.off('drain', done).off('close', done);
      resolve();
    };
    client.on('drain', done).on('close', done);
  });
}
