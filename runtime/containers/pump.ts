import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import type { OutputName } from './frames.ts';

/** Milliseconds without output after which a process that has ended counts as silent, though others hold its streams. */
const SILENCE = 100;

/** Turns of the event loop in which what has come is read and handed on. */
const TURNS = 3;

/** Takes a chunk; the source waits for the promise. */
export type Take = (name: OutputName, chunk: Buffer) => Promise<void> | undefined;

/** Moves all that a process writes to `take`. Resolves after the process has ended and its streams have. */
export async function pumpOutput(process: SandboxProcess, take: Take): Promise<void> {
  const activity = { chunks: 0, taking: 0 };
  const streams: readonly (readonly [OutputName, Readable | undefined])[] = [
    ['stdout', process.stdout],
    ['stderr', process.stderr],
  ];
  const pumps = streams.flatMap(([name, stream]) => (stream === undefined ? [] : [pump(name, stream, take, activity)]));
  const done = Promise.all(pumps);
  await process.exited;
  for (;;) {
    const before = activity.chunks;
    if (await within(done, SILENCE)) return;
    // Where this process was held up, the time is over before what has come is read: the clock comes first in each turn.
    for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    // Somebody whom the process left behind holds the streams; Docker does not wait for those either.
    if (activity.chunks === before && activity.taking === 0) break;
  }
  for (const [, stream] of streams) stream?.destroy();
}

async function pump(
  name: OutputName,
  stream: Readable,
  take: Take,
  activity: { chunks: number; taking: number },
): Promise<void> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      activity.chunks += 1;
      activity.taking += 1;
      try {
        await take(name, chunk);
      } finally {
        activity.taking -= 1;
      }
    }
  } catch (error) {
    // A terminal that hangs up ends with EIO; nothing more comes from either kind of broken stream.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function within(done: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    done.then(
      () => {
        clearTimeout(timer);
        resolve(true);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
