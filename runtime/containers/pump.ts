import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { hasEnded } from '../os/process-tree.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import type { OutputName } from './frames.ts';

/** Milliseconds without output after which a process that has ended counts as silent, though others hold its streams. */
const SILENCE = 100;

/** Turns of the event loop in which what has come is read and handed on. */
const TURNS = 3;

/** Milliseconds after which somebody who takes nothing is no reason any more to believe that the process still runs. */
const PATIENCE = 1000;

/** Who takes what a process writes. */
export interface Taker {
  /** Takes a chunk; the source waits for the promise. */
  write(name: OutputName, chunk: Buffer): Promise<void> | undefined;
  /** The process has ended: waits for nobody any more. */
  hurry(): void;
}

/** Moves all that a process writes to `taker`. Resolves after the process has ended and its streams have. */
export async function pumpOutput(process: SandboxProcess, taker: Taker): Promise<void> {
  const take = (name: OutputName, chunk: Buffer): Promise<void> => patiently(process.pid, taker, name, chunk);
  void process.exited.then(() => taker.hurry());
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
  take: (name: OutputName, chunk: Buffer) => Promise<void>,
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

/** Of the end of a process its keeper tells behind its output: who does not take that must not hide the end. */
async function patiently(pid: number, taker: Taker, name: OutputName, chunk: Buffer): Promise<void> {
  const taken = taker.write(name, chunk);
  if (taken === undefined) return;
  while (!(await within(taken, PATIENCE))) if (await hasEnded(pid)) return taker.hurry();
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
