import type { Readable } from 'node:stream';
import pLimit, { type LimitFunction } from 'p-limit';
import { invalid } from '../errors.ts';

/** Bounds of the bodies that are taken into memory. */
export interface BodyBounds {
  /** Most bytes of one. */
  readonly bytes: number;
  /** Milliseconds within which all of it has to be here. */
  readonly time: number;
  /** Bytes from which on a body is a large one. */
  readonly large: number;
  /** Admits large ones: the others are read no further meanwhile, and small ones are not held up. */
  readonly admit: LimitFunction;
}

const MIB = 1024 * 1024;
/** A large body is mostly a mistake: all at once take as much memory as eight of them. */
const BOUNDS: BodyBounds = { bytes: 8 * MIB, time: 60_000, large: 64 * 1024, admit: pLimit(8) };

/** Why a body cannot be taken. */
export function badBody(what: string) {
  return invalid({ code: 'body-invalid', message: `invalid request body: ${what}` });
}

/**
 * Reads a body as text. Errors: EngineError `invalid`, code `body-invalid`, for one that is too large or comes too slowly, which
 * is then left as it is; that of the stream.
 */
export function readText(body: Readable, { bytes, time, large, admit }: BodyBounds = BOUNDS): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  let settled = false;
  let leave: (() => void) | undefined;
  return new Promise<string>((resolve, reject) => {
    const fail = (error: unknown): void => {
      done();
      body.pause();
      reject(error);
    };
    const data = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > bytes) fail(badBody(`is larger than ${bytes} bytes`));
      else if (size > large && leave === undefined) wait();
    };
    /** Until there is room for a large one, and then as long as it is read. */
    const wait = (): void => {
      body.pause();
      leave = () => undefined;
      void admit(async () => {
        if (settled) return;
        await new Promise<void>((left) => {
          leave = left;
          body.resume();
        });
      });
    };
    const end = (): void => {
      done();
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const close = (): void => fail(new Error('the request ended before its body was here'));
    const timer = setTimeout(() => fail(badBody(`was not here within ${time / 1000} seconds`)), time);
    const done = (): void => {
      settled = true;
      clearTimeout(timer);
      body.off('data', data).off('end', end).off('error', fail).off('close', close);
      leave?.();
    };
    body.on('data', data).once('end', end).once('error', fail).once('close', close);
  });
}
