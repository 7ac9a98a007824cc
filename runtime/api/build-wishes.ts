import * as z from 'zod/mini';
import { builderArguments } from '../../core/plan/builder-arguments.ts';
import type { BuildRequest } from '../build/builder.ts';
import { invalid, unsupported } from '../errors.ts';
import type { Query } from './query.ts';

/**
 * Everything of a build request but its context (query of `POST /build`). Error: EngineError `invalid`, `unsupported` for
 * what cannot be done.
 */
export function buildWishes(query: Query): Omit<BuildRequest, 'context'> {
  refuse(query);
  const result = resultOf(query);
  const buildArgs = jsonMap(query, 'buildargs');
  return {
    dockerfile: query.text('dockerfile') ?? 'Dockerfile',
    target: query.text('target'),
    buildArgs,
    labels: jsonMap(query, 'labels'),
    result,
    tags: result === 'cache' ? [] : query.all('t').filter((tag) => tag !== ''),
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
    cgroupParent: query.text('cgroupparent'),
    ulimits: ulimits(query),
    shmSize: query.integer('shmsize') || undefined,
    extraHosts: query
      .all('extrahosts')
      .flatMap((hosts) => hosts.split(','))
      .filter((host) => host !== ''),
    platform: query.text('platform'),
    cacheFrom: json(query, 'cachefrom', z.array(z.string()))?.map((ref) => ({ ref })),
    // As BuildKit's clients ask for it.
    cacheTo: builderArguments(buildArgs).inlineCache ? [{ inline: true }] : [],
  };
}

/** What dockerd refuses too where its daemon is not experimental, or does not run on Windows. */
function refuse(query: Query): void {
  const version = query.text('version') ?? '1';
  if (version !== '1' && version !== '2')
    throw invalid({ code: 'query-invalid', message: `invalid version ${version}`, subject: 'version' });
  if (query.flag('squash')) {
    const message =
      'squash is only supported with experimental mode: a last stage FROM scratch with COPY --from=STAGE / / has one layer';
    throw invalid({ code: 'squash-unsupported', message, subject: 'squash' });
  }
  if ((json(query, 'securityopt', z.array(z.string())) ?? []).length > 0) {
    const message = 'The daemon on this platform does not support setting security options on build';
    throw invalid({ code: 'query-invalid', message, subject: 'securityopt' });
  }
  const isolation = query.text('isolation') ?? 'default';
  if (isolation.toLowerCase() !== 'default')
    throw invalid({
      code: 'query-invalid',
      message: `unsupported isolation: ${JSON.stringify(isolation)}`,
      subject: 'isolation',
    });
}

/** Exporters whose result is an image of the engine. */
const OF_THE_ENGINE = ['image', 'docker', 'moby'];
const JsonOutputs = z.array(z.object({ Type: z.string(), Attrs: z.nullish(z.record(z.string(), z.string())) }));

/** What `outputs` asks for: files would go through a BuildKit session. */
function resultOf(query: Query): BuildRequest['result'] {
  const outputs = json(query, 'outputs', JsonOutputs) ?? [];
  const [output, ...more] = outputs;
  if (output === undefined) return 'image';
  if (more.length > 0)
    throw invalid({ code: 'query-invalid', message: 'multiple outputs not supported', subject: 'outputs' });
  if (output.Type === 'cacheonly') return 'cache';
  if (OF_THE_ENGINE.includes(output.Type) && Object.keys(output.Attrs ?? {}).length === 0) return 'image';
  throw unsupported({
    code: 'build-output',
    message: `the result of POST /build is an image of the engine, not ${JSON.stringify(output)}: lapstrake build --output writes files`,
    subject: output.Type,
  });
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
