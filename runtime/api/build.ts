import { randomUUID } from 'node:crypto';
import type { Builder, BuildProgress } from '../build/builder.ts';
import type { CacheSpace } from '../build/cache-space.ts';
import { classicFailure } from '../build/classic-progress.ts';
import type { ReceivedContexts } from '../build/received-contexts.ts';
import type { FetchedContext } from '../build/remote-context.ts';
import { unsupported } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import { type Accounts, parseRegistryConfig } from '../registry/credentials.ts';
import { buildWishes } from './build-wishes.ts';
import type { BuildSession } from './buildkit/session.ts';
import { BuildSessions } from './buildkit/sessions.ts';
import { BuildTrace } from './buildkit/trace.ts';
import { cacheFilter } from './cache-filter.ts';
import { answerClassic } from './classic-answer.ts';
import type { Exchange, Routes } from './exchange.ts';
import { header } from './header.ts';
import { LineStream } from './line-stream.ts';
import { localBuild } from './local-build.ts';

/** What building stands on. */
export interface BuildBackend {
  readonly builder: Builder;
  readonly contexts: ReceivedContexts;
}

/** `/build` of the Docker Engine API: the classic builder's protocol, and of BuildKit's what libraries use. */
export function buildRoutes(backend: BuildBackend | undefined, events: EventBus): Routes {
  if (backend === undefined) {
    const none = (): never => {
      throw unsupported({ code: 'no-builder', message: 'this engine cannot build images yet' });
    };
    return { 'POST /build': none, 'POST /build/prune': none, 'POST /lapstrake/build': none };
  }
  const sessions = new BuildSessions();
  /** Builds that their clients have named (`buildid`). */
  const running = new Map<string, AbortController>();
  return {
    ...sessions.routes,
    'POST /build': (x) => named(x, running, (signal) => build(x, backend, sessions, signal)),
    'POST /lapstrake/build': (x) => localBuild(x, backend),
    'POST /build/prune': async (x) => {
      const filter = cacheFilter(x.query.filters(), x.query.flag('all') ? 'all' : 'dangling', new Date());
      const { keys, mounts, reclaimed } = await backend.builder.prune(filter, spaceLimits(x));
      await backend.contexts.clear();
      const deleted = [...keys, ...mounts];
      events.publish('builder', 'prune', '', { reclaimed: String(reclaimed) });
      x.sendJson(200, { CachesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed });
    },
    'POST /build/cancel': (x) => {
      running.get(x.query.required('id'))?.abort();
      x.sendEmpty(204);
    },
  };
}

/** How much of the cache a prune leaves; `keep-storage` was renamed with 1.48. */
function spaceLimits({ query }: Exchange): CacheSpace {
  const bytes = (name: string): number => query.integer(name) ?? 0;
  return {
    reserved: bytes('reserved-space') || bytes('keep-storage'),
    mostUsed: bytes('max-used-space'),
    leastFree: bytes('min-free-space'),
  };
}

/** Lets a build be cancelled by the ID that its client gave it. */
async function named(
  { query, signal }: Exchange,
  running: Map<string, AbortController>,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const id = query.text('buildid');
  if (id === undefined) return work(signal);
  const controller = new AbortController();
  running.set(id, controller);
  try {
    await work(AbortSignal.any([signal, controller.signal]));
  } finally {
    if (running.get(id) === controller) running.delete(id);
  }
}

async function build(
  x: Exchange,
  { builder, contexts }: BuildBackend,
  sessions: BuildSessions,
  signal: AbortSignal,
): Promise<void> {
  const { query } = x;
  const isBuildKit = query.text('version') === '2';
  const id = query.text('session');
  // A session is for one build: its client waits for the end of both.
  using session = id === undefined ? undefined : await sessions.get(id, signal);
  const wishes = { ...buildWishes(query), accounts: accountsOf(x, session) };
  const remote = query.text('remote');
  if (remote === 'client-session') {
    throw unsupported({
      code: 'no-buildkit',
      message:
        'this engine takes no build context from a BuildKit session: set DOCKER_BUILDKIT=0, or use lapstrake build',
    });
  }
  await using context: FetchedContext =
    remote === undefined ? await contexts.receive(x.body, signal) : await builder.fetchContext(remote, wishes, signal);
  const { path, date: contextDate, dockerfile = wishes.dockerfile } = context;
  const request = { ...wishes, context: path, contextDate, dockerfile };
  if (isBuildKit) {
    // What is in the cache serves every BuildKit build.
    await traced(x, (progress) => builder.build({ ...request, cacheFromOnly: false }, progress, signal));
  } else {
    await answerClassic(x, (progress) => builder.build(request, progress, signal));
  }
}

/** Answers with BuildKit's stream. */
async function traced(x: Exchange, work: (progress: BuildProgress) => Promise<unknown>): Promise<void> {
  const lines = new LineStream(x);
  const trace = new BuildTrace(randomUUID(), Date.now);
  await lines.run(async () => {
    try {
      await work((event) => trace.records(event).forEach(lines.write));
    } catch (error) {
      if (!x.signal.aborted) trace.failed(error).forEach(lines.write);
      throw error;
    }
  }, classicFailure);
}

/** Accounts come with the request, else from the client's session. */
function accountsOf(x: Exchange, session: BuildSession | undefined): Accounts {
  const config = parseRegistryConfig(header(x, 'x-registry-config'));
  return (domain, signal) => {
    const given = config(domain);
    return given.kind === 'none' && session !== undefined ? session.credentials(domain, signal) : given;
  };
}
