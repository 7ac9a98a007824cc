import type { BuildProgress } from '../build/builder.ts';
import { classicFailure, classicRecords, QuietProgress } from '../build/classic-progress.ts';
import { StepOrder } from '../build/step-order.ts';
import type { Exchange } from './exchange.ts';
import { LineStream } from './line-stream.ts';

/** Answers a build with the classic builder's stream (`POST /build` of the Docker Engine API). */
export async function answerClassic(x: Exchange, work: (progress: BuildProgress) => Promise<unknown>): Promise<void> {
  const lines = new LineStream(x);
  const quiet = x.query.flag('q') ? new QuietProgress() : undefined;
  const order = new StepOrder((event) => {
    for (const record of quiet?.records(event) ?? classicRecords(event)) lines.write(record);
  });
  await lines.run(async () => {
    try {
      await work(order.add);
    } catch (error) {
      order.flush();
      if (!x.signal.aborted) quiet?.held().forEach(lines.write);
      throw error;
    }
  }, classicFailure);
}
