import type { EventMessage } from '../../protocol/engine/event.ts';
import { type Filters, matchesLabels } from '../../protocol/engine/filters.ts';
import { invalid } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import { dropUnread } from '../os/unread.ts';
import type { Exchange, Routes } from './exchange.ts';

/** `GET /events`: past events where `since` says so, then live ones until `until` or until the client goes. */
export function eventRoutes(events: EventBus): Routes {
  return {
    'GET /events': (x) => sendEvents(x, events),
  };
}

async function sendEvents(exchange: Exchange, events: EventBus): Promise<void> {
  const { query, signal, version } = exchange;
  const [since, until, filters] = [query.moment('since'), query.moment('until'), query.filters()];
  if (since !== undefined && until !== undefined && since > until) {
    throw invalid({
      code: 'events-times-reversed',
      message: `\`since\` time (${query.text('since')}) cannot be after \`until\` time (${query.text('until')})`,
    });
  }
  const out = exchange.startStream('application/json');
  const send = (event: EventMessage): void => {
    // Those of before 1.46 know of no image that comes into being.
    if (event.Type === 'image' && event.Action === 'create' && !version.atLeast('1.46')) return;
    if (!matches(event, filters)) return;
    out.write(`${JSON.stringify(event)}\n`);
    dropUnread(out);
  };
  if (since !== undefined || until !== undefined) {
    for (const event of events.past()) {
      const time = event.timeNano / 1e6;
      if (time >= (since ?? 0) && time <= (until ?? Number.POSITIVE_INFINITY)) send(event);
    }
  }
  if (until === undefined || until > Date.now()) {
    using _subscription = events.subscribe(send);
    await ended(signal, until);
  }
  out.end();
}

function ended(signal: AbortSignal, until: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = until === undefined ? undefined : setTimeout(done, Math.min(until - Date.now(), 2 ** 31 - 1));
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Whether an event is what the filters ask for: each name with any of its values. As with dockerd, unknown names ask nothing. */
export function matches(event: EventMessage, filters: Filters): boolean {
  const { Type: type, Action: action, Actor: actor } = event;
  const attributes = actor.Attributes;
  const isObject = (kind: string) => (value: string) =>
    type === kind && (actor.ID.startsWith(value) || attributes.name === value);
  const tests: Readonly<Record<string, (value: string) => boolean>> = {
    type: (value) => type === value,
    event: (value) => action === value || action.startsWith(`${value}:`),
    container: isObject('container'),
    network: isObject('network'),
    volume: isObject('volume'),
    image: (value) => isObject('image')(value) || (type === 'container' && attributes.image === value),
    scope: (value) => value === 'local',
    daemon: isObject('daemon'),
    label: (value) => matchesLabels(attributes, [value]),
  };
  return [...filters].every(([name, values]) => {
    if (values.length === 0) return true;
    const test = tests[name];
    if (test === undefined) return true;
    return name === 'label' ? values.every(test) : values.some(test);
  });
}
