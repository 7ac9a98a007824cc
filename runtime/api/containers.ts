import { pipeline } from 'node:stream/promises';
import { asImageId, type Digest } from '../../core/image/digest.ts';
import { ContainerCreate } from '../../protocol/engine/container-create.ts';
import { ExecCreate } from '../../protocol/engine/exec.ts';
import { ContainerUpdate } from '../../protocol/engine/host-config.ts';
import { announce } from '../containers/announce.ts';
import { changesOf } from '../containers/changes.ts';
import type { Container } from '../containers/container.ts';
import type { Containers } from '../containers/containers.ts';
import { inspectContainer } from '../containers/inspect.ts';
import { removeLink } from '../containers/links.ts';
import { listContainers } from '../containers/list.ts';
import { runOf } from '../containers/refusals.ts';
import { readSignal } from '../containers/signals.ts';
import { sizesOf } from '../containers/sizes.ts';
import { statsOnce, statsStream } from '../containers/stats.ts';
import { summarize } from '../containers/summary.ts';
import { top } from '../containers/top.ts';
import { updateContainer } from '../containers/update.ts';
import type { WaitCondition } from '../containers/waiters.ts';
import { inContext, invalid } from '../errors.ts';
import { attachTo } from './attach.ts';
import { createRequest } from './create-request.ts';
import type { Exchange, Routes } from './exchange.ts';
import { sendLogs } from './logs.ts';
import { pruneFilter } from './prune-filter.ts';
import { shapeContainerInspect, shapeContainerSummary } from './shapes/containers.ts';

const CONDITIONS: readonly WaitCondition[] = ['not-running', 'next-exit', 'removed'];

/** `/containers` of the Docker Engine API. */
export function containerRoutes(containers: Containers): Routes {
  const { lifecycle, execs, floor } = containers;
  const of = (exchange: Exchange): Container => containers.get(exchange.params.id ?? '');
  const manifestOf = (image: Digest) => floor.images.manifestOf(asImageId(image));
  return {
    'GET /containers/json': async (x) => {
      const limit = x.query.integer('limit');
      const found = listContainers(containers, { all: x.query.flag('all'), limit, filters: x.query.filters() });
      const withSizes = x.query.flag('size');
      const now = Date.now();
      const summaries = await Promise.all(
        found.map(async (each) => summarize(each, now, withSizes ? await sizesOf(floor, each) : undefined)),
      );
      x.sendJson(
        200,
        summaries.map((each) => shapeContainerSummary(each, manifestOf(each.ImageID), x.version)),
      );
    },
    'POST /containers/create': async (x) => {
      const { body, warnings } = createRequest(await x.json(ContainerCreate), x.version);
      const made = await containers.create(x.query.text('name'), body, {
        platform: x.query.platform('platform'),
        readOnlyBinds: x.version.atLeast('1.44') ? 'recursive' : 'top',
      });
      x.sendJson(201, { Id: made.container.id, Warnings: [...made.warnings, ...warnings] });
    },
    'POST /containers/prune': async (x) => {
      const filter = pruneFilter(x.query.filters(), ['until', 'label', 'label!'], new Date());
      const { ids, bytes } = await containers.prune(({ created, config }) =>
        filter({ created, labels: config.Labels }),
      );
      floor.events.publish('container', 'prune', '', { reclaimed: String(bytes) });
      x.sendJson(200, { ContainersDeleted: ids.length > 0 ? ids : null, SpaceReclaimed: bytes });
    },
    'GET /containers/{id}/json': async (x) => {
      const container = of(x);
      const inspect = inspectContainer(
        containers,
        container,
        x.query.flag('size') ? await sizesOf(floor, container) : undefined,
      );
      x.sendJson(200, shapeContainerInspect(inspect, manifestOf(inspect.Image), x.version));
    },
    'DELETE /containers/{id*}': async (x) => {
      if (x.query.flag('link')) {
        await removeLink(containers, x.params.id ?? '');
        return x.sendEmpty(204);
      }
      await containers.remove(of(x), { force: x.query.flag('force'), volumes: x.query.flag('v') });
      x.sendEmpty(204);
    },
    'POST /containers/{id}/start': async (x) => {
      await lifecycle.start(of(x));
      x.sendEmpty(204);
    },
    'POST /containers/{id}/stop': async (x) => {
      await lifecycle.stop(of(x), x.query.integer('t'), signalOf(x));
      x.sendEmpty(204);
    },
    'POST /containers/{id}/restart': async (x) => {
      await lifecycle.restart(of(x), x.query.integer('t'), signalOf(x));
      x.sendEmpty(204);
    },
    'POST /containers/{id}/kill': async (x) => {
      const signal = x.query.text('signal') || 'KILL';
      // A word that is no signal is said before who should get it.
      readSignal(signal);
      await inContext(`Cannot kill container: ${x.params.id}`, async () => lifecycle.kill(of(x), signal));
      x.sendEmpty(204);
    },
    'POST /containers/{id}/pause': async (x) => {
      await lifecycle.signalling.pause(of(x));
      x.sendEmpty(204);
    },
    'POST /containers/{id}/unpause': async (x) => {
      await lifecycle.signalling.unpause(of(x));
      x.sendEmpty(204);
    },
    'POST /containers/{id}/rename': async (x) => {
      await containers.rename(of(x), x.query.required('name'));
      x.sendEmpty(204);
    },
    'POST /containers/{id}/update': async (x) => {
      const wanted = await x.json(ContainerUpdate);
      // From 1.42 on there is no such limit.
      const change = x.version.atLeast('1.42') ? { ...wanted, KernelMemory: 0 } : wanted;
      const warnings = await updateContainer(floor, of(x), change);
      x.sendJson(200, { Warnings: warnings.length > 0 ? warnings : null });
    },
    'POST /containers/{id}/wait': async (x) => {
      const container = of(x);
      const condition = waitCondition(x.query.text('condition'));
      const result = containers.wait(container, condition, x.signal);
      // Clients go on to start the container once they see the head.
      const out = x.startStream('application/json');
      out.end(`${JSON.stringify(await result)}\n`);
    },
    'POST /containers/{id}/resize': (x) => {
      runOf(of(x)).process.resize(x.query.integer('h') ?? 0, x.query.integer('w') ?? 0);
      x.sendEmpty(200);
    },
    'GET /containers/{id}/top': async (x) => {
      const container = of(x);
      runOf(container);
      const processes = await top(await floor.sandbox.pids(container.id), x.query.text('ps_args') ?? '');
      announce(floor.events, container, 'top');
      x.sendJson(200, processes);
    },
    'GET /containers/{id}/stats': async (x) => {
      const container = of(x);
      if (!x.query.flag('stream', true)) {
        const mode = x.query.flag('one-shot') ? 'one-shot' : 'two-samples';
        return x.sendJson(200, await statsOnce(floor, container, mode, x.signal));
      }
      const out = x.startStream('application/json');
      await pipeline(lines(statsStream(floor, container, x.signal)), out);
    },
    'GET /containers/{id}/logs': (x) => sendLogs(x, of(x)),
    'GET /containers/{id}/changes': async (x) => {
      const changes = await changesOf(floor.snapshots, of(x).id, x.signal);
      x.sendJson(200, changes.length > 0 ? changes : null);
    },
    'POST /containers/{id}/attach': (x) => attachTo(x, of(x), 'frames', floor.events),
    'GET /containers/{id}/attach/ws': (x) => attachTo(x, of(x), 'websocket', floor.events),
    'POST /containers/{id}/exec': async (x) => {
      const container = of(x);
      x.sendJson(201, { Id: execs.create(container, await x.json(ExecCreate)).id });
    },
  };
}

/** The signal of a stop: older clients cannot choose it. */
function signalOf({ query, version }: Exchange): string | undefined {
  return version.atLeast('1.42') ? query.text('signal') : undefined;
}

function waitCondition(text: string | undefined): WaitCondition {
  if (text === undefined) return 'not-running';
  const condition = CONDITIONS.find((each) => each === text);
  if (condition !== undefined) return condition;
  throw invalid({ code: 'wait-condition', message: `invalid condition: "${text}"`, subject: text });
}

async function* lines(records: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}
