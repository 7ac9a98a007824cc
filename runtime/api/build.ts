import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as z from 'zod/mini';
import { decompress } from '../archive/compression.ts';
import { extract } from '../archive/extract.ts';
import type { Builder, BuildProgress, BuildRequest } from '../build/builder.ts';
import { classicFailure } from '../build/classic-progress.ts';
import type { FetchedContext } from '../build/remote-context.ts';
import { invalid, unsupported } from '../errors.ts';
import { type Accounts, parseRegistryConfig } from '../registry/credentials.ts';
import type { BuildSession } from './buildkit/session.ts';
import { BuildSessions } from './buildkit/sessions.ts';
import { BuildTrace } from './buildkit/trace.ts';
import { cacheFilter } from './cache-filter.ts';
import { answerClassic } from './classic-answer.ts';
import type { Exchange, Routes } from './exchange.ts';
import { header } from './header.ts';
import { LineStream } from './line-stream.ts';
import { localBuild } from './local-build.ts';
import type { Query } from './query.ts';

/** What building stands on. */
export interface BuildBackend {
  readonly builder: Builder;
  /** Folder for contexts while they are built; emptied by its owner at start. */
  readonly contexts: string;
}

/** `/build` of the Docker Engine API: the classic builder's protocol, and of BuildKit's what libraries use. */
export function buildRoutes(backend: BuildBackend | undefined): Routes {
  if (backend === undefined) {
    const none = (): never => {
      throw unsupported({ code: 'no-builder', message: 'this engine cannot build images yet' });
    };
    return { 'POST /build': none, 'POST /build/prune': none, 'POST /lapstrake/build': none };
  }
  const sessions = new BuildSessions();
  return {
    ...sessions.routes,
    'POST /build': (x) => build(x, backend, sessions),
    'POST /lapstrake/build': (x) => localBuild(x, backend),
    'POST /build/prune': async (x) => {
      refuseSpaceLimits(x);
      const filter = cacheFilter(x.query.filters(), x.query.flag('all') ? 'all' : 'dangling', new Date());
      const { keys, mounts, reclaimed } = await backend.builder.prune(filter);
      const deleted = [...keys, ...mounts];
      x.sendJson(200, { CachesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed });
    },
    'POST /build/cancel': (x) => x.sendEmpty(204),
  };
}

/** Rather than take what was to be kept. Error: EngineError `unsupported`. */
function refuseSpaceLimits({ query, version }: Exchange): void {
  if (!version.atLeast('1.48')) return;
  const limits = ['reserved-space', 'keep-storage', 'max-used-space', 'min-free-space'];
  const wanted = limits.find((name) => (query.integer(name) ?? 0) !== 0);
  if (wanted === undefined) return;
  throw unsupported({
    code: 'build-cache-limit',
    message: `the build cache is pruned as a whole here: ${wanted} cannot be kept to`,
    subject: wanted,
  });
}

async function build(x: Exchange, { builder, contexts }: BuildBackend, sessions: BuildSessions): Promise<void> {
  const { query, signal } = x;
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
  await mkdir(contexts, { recursive: true, mode: 0o700 });
  await using context =
    remote === undefined
      ? await receivedContext(x.body, contexts, signal)
      : await builder.fetchContext(remote, wishes, signal);
  const request = { ...wishes, context: context.path, dockerfile: context.dockerfile ?? wishes.dockerfile };
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

async function receivedContext(body: Readable, parent: string, signal: AbortSignal): Promise<FetchedContext> {
  const path = await mkdtemp(join(parent, 'context-'));
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    await receive(body, path, signal);
    return { path, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function receive(body: Readable, folder: string, signal: AbortSignal): Promise<void> {
  // A failure must leave the connection for its answer: destroying the body would take that along.
  const bytes = Readable.from(body.iterator({ destroyOnReturn: false }), { objectMode: false });
  const archive = await decompress(bytes, signal);
  await extract(archive, folder, { whiteouts: 'literal', ownership: 'where-possible', signal });
}

/** Everything of a build request but its context. */
export function buildWishes(query: Query): Omit<BuildRequest, 'context'> {
  const buildArgs = jsonMap(query, 'buildargs');
  return {
    dockerfile: query.text('dockerfile') ?? 'Dockerfile',
    target: query.text('target'),
    buildArgs,
    labels: jsonMap(query, 'labels'),
    tags: query.all('t').filter((tag) => tag !== ''),
    noCache: query.flag('nocache'),
    noCacheFilter: query.all('nocachefilter'),
    pull: query.flag('pull'),
    cacheFromOnly: true,
    keepFailed: query.flag('keepfailed'),
    networkMode: query.text('networkmode'),
    // Ours: BuildKit's clients name entitlements in what they send of the build's graph.
    allowInsecure: query.all('allow').includes('security.insecure'),
    limits: {
      memory: query.integer('memory') || undefined,
      memorySwap: query.integer('memswap') || undefined,
      cpuQuota: query.integer('cpuquota') || undefined,
      cpuPeriod: query.integer('cpuperiod') || undefined,
      cpuShares: query.integer('cpushares') || undefined,
      cpusetCpus: query.text('cpusetcpus'),
      cpusetMems: query.text('cpusetmems'),
    },
    ulimits: ulimits(query),
    shmSize: query.integer('shmsize') || undefined,
    extraHosts: query
      .all('extrahosts')
      .flatMap((hosts) => hosts.split(','))
      .filter((host) => host !== ''),
    platform: query.text('platform'),
    cacheFrom: json(query, 'cachefrom', z.array(z.string()))?.map((ref) => ({ ref })),
    // As BuildKit's clients ask for it.
    cacheTo: buildArgs?.BUILDKIT_INLINE_CACHE === '1' ? [{ inline: true }] : [],
  };
}

const JsonMap = z.record(z.string(), z.nullable(z.string()));
const JsonUlimits = z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() }));

/** A map in a query; null stands for a variable that the client's environment does not have. */
function jsonMap(query: Query, name: string): Record<string, string> {
  const entries = Object.entries(json(query, name, JsonMap) ?? {});
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])));
}

function ulimits(query: Query): BuildRequest['ulimits'] {
  return json(query, 'ulimits', JsonUlimits)?.map(({ Name: name, Soft: soft, Hard: hard }) => ({ name, soft, hard }));
}

/** What a query holds as JSON. Error: EngineError `invalid`. */
function json<T extends z.core.$ZodType>(query: Query, name: string, schema: T): z.output<T> | undefined {
  const text = query.text(name);
  // docker 20.10 writes null for what was not given.
  if (text === undefined || text === 'null') return undefined;
  try {
    return z.parse(schema, JSON.parse(text));
  } catch (cause) {
    throw invalid({
      code: 'query-invalid',
      message: `invalid query: ${name} cannot be read: ${text.slice(0, 200)}`,
      subject: name,
      cause,
    });
  }
}
