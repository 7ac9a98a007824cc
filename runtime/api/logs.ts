import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Container } from '../containers/container.ts';
import { frame } from '../containers/frames.ts';
import { logDetails } from '../containers/log-details.ts';
import { type LogEntry, type LogQuery, readLog } from '../containers/log-reader.ts';
import { invalid, unsupported } from '../errors.ts';
import type { Exchange } from './exchange.ts';
import { streamType } from './stream-type.ts';

/** `GET /containers/{id}/logs`. */
export async function sendLogs(exchange: Exchange, container: Container): Promise<void> {
  const { query, signal } = exchange;
  const wanted = { stdout: query.flag('stdout'), stderr: query.flag('stderr') };
  if (!wanted.stdout && !wanted.stderr) {
    throw invalid({ code: 'logs-no-stream', message: 'Bad parameters: you must choose at least one stream' });
  }
  if (container.record.hostConfig.LogConfig.Type === 'none') {
    throw unsupported({ code: 'logs-none', message: 'configured logging driver does not support reading' });
  }
  const logQuery: LogQuery = {
    ...wanted,
    since: query.time('since'),
    until: query.time('until'),
    tail: tailLines(query.text('tail')),
  };
  const show = { timestamps: query.flag('timestamps'), details: query.flag('details') };
  const follow = query.flag('follow') ? { ended: untilEnd(container, signal) } : undefined;
  const shape = container.record.config.Tty ? 'plain' : 'frames';
  // Older clients are told nothing, as dockerd tells them.
  const { version } = exchange;
  const out = exchange.startStream(version.atLeast('1.42') ? streamType(version, shape === 'plain') : undefined);
  await pipeline(encode(readLog(container.log, logQuery, follow, signal), container, show, shape), out);
}

/** What was written before a client attached. */
export async function replayLog(
  container: Container,
  wanted: { readonly stdout: boolean; readonly stderr: boolean },
  client: Duplex,
  shape: 'plain' | 'frames',
  signal: AbortSignal,
): Promise<void> {
  // To what is the end when it is reached: what comes then is heard from the process.
  const entries = readLog(container.log, wanted, { ended: Promise.resolve() }, signal);
  for await (const chunk of encode(entries, container, { timestamps: false, details: false }, shape))
    if (!client.write(chunk)) await once(client, 'drain', { signal });
}

async function* encode(
  blocks: AsyncIterable<LogEntry[]>,
  container: Container,
  show: { readonly timestamps: boolean; readonly details: boolean },
  shape: 'plain' | 'frames',
): AsyncGenerator<Buffer> {
  const details = show.details ? `${logDetails(container.record)} ` : '';
  for await (const block of blocks) {
    const lines = block.map(({ name, text, time }) => {
      const line = Buffer.from(`${show.timestamps ? `${time} ` : ''}${details}${text}`);
      return shape === 'plain' ? line : frame(name, line);
    });
    yield Buffer.concat(lines);
  }
}

/** Resolves when the container has ended, be it to be started again: clients then ask anew, as they do with dockerd. */
async function untilEnd(container: Container, signal: AbortSignal): Promise<void> {
  if (!container.isRunning) return;
  try {
    await container.waiters.wait('exit', signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function tailLines(text: string | undefined): number | undefined {
  if (text === undefined || text === 'all') return undefined;
  const count = Number(text);
  // Docker shows everything for what is no number.
  return Number.isInteger(count) && count >= 0 ? count : undefined;
}
