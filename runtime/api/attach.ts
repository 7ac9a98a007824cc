import { announce } from '../containers/announce.ts';
import { attach } from '../containers/attach.ts';
import type { Container } from '../containers/container.ts';
import { parseDetachKeys } from '../containers/detach-keys.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { Exchange } from './exchange.ts';
import { replayLog } from './logs.ts';
import { streamType } from './stream-type.ts';

/** `attach` and `attach/ws`: a container's streams on the client's connection; over a websocket never in frames. */
export async function attachTo(
  x: Exchange,
  container: Container,
  over: 'frames' | 'websocket',
  events: EventBus,
): Promise<void> {
  const { query } = x;
  const options = {
    stdin: query.flag('stdin'),
    stdout: query.flag('stdout'),
    stderr: query.flag('stderr'),
    detachKeys: query.text('detachKeys') ?? '',
  };
  parseDetachKeys(options.detachKeys);
  const { Tty: tty, OpenStdin: open, StdinOnce: once } = container.record.config;
  const client = over === 'websocket' ? await x.websocket() : await x.hijack(streamType(x.version, tty));
  announce(events, container, 'attach');
  const isPlain = tty || over === 'websocket';
  if (query.flag('logs')) await replayLog(container, options, client, isPlain ? 'plain' : 'frames', x.signal);
  if (!query.flag('stream')) {
    client.end();
    return;
  }
  const target = {
    tty: isPlain,
    output: container.output,
    input: open ? container.input : undefined,
    atInputEnd: once ? ('close-input' as const) : ('detach' as const),
  };
  const how = await attach(client, target, options);
  if (how === 'detached') announce(events, container, 'detach');
}
