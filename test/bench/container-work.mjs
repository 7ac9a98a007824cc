// What containers cost beside their start: exec, twenty at once, stop, stats of a hundred, logs.
import { once } from 'node:events';
import { get } from 'node:http';
import Docker from 'dockerode';
import { timeDocker } from './docker-command.mjs';
import { median, percentile } from './figures.mjs';

const IMAGE = 'busybox';
const SLEEP = ['sleep', '1000000'];
/** Ends at once when it is told to, as a well-behaved server does. */
const OBEDIENT = ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done"];
const AT_ONCE = 20;
const MANY = 100;
const LINES = 400_000;
const LINE = 'x'.repeat(99);

/**
 * Measures every engine, taking turns; gives each table as soon as it is there. Times in milliseconds.
 * @param {readonly import('./engines.mjs').Engine[]} engines
 * @returns {AsyncGenerator<{ title: string, columns: string[], figures: { engine: string }[] }>}
 */
export async function* containerWork(engines, rounds = 20) {
  const pairs = engines.map((engine) => ({ engine, docker: new Docker({ socketPath: engine.socket }) }));
  for (const { engine } of pairs) await timeDocker(engine, 'pull', '-q', IMAGE);
  yield await ofExec(pairs, rounds);
  yield await ofStop(pairs, rounds);
  yield await ofManyAtOnce(pairs, 5);
  yield await ofStats(pairs, 10);
  yield await ofLogs(pairs, 5);
}

async function ofExec(pairs, rounds) {
  for (const { docker } of pairs) await start(docker, 'bench-exec', SLEEP);
  const figures = await takingTurns(pairs, rounds, ({ engine }) => timeDocker(engine, 'exec', 'bench-exec', 'true'));
  for (const { docker } of pairs) await docker.getContainer('bench-exec').remove({ force: true });
  return { title: `docker exec, ${rounds} times each`, columns: ['median', 'p95'], figures };
}

async function ofStop(pairs, rounds) {
  const figures = await takingTurns(pairs, rounds, async ({ engine, docker }) => {
    const container = await start(docker, 'bench-stop', OBEDIENT, { Tty: true });
    // Only a shell that has set its trap stops at once.
    await timeDocker(engine, 'exec', 'bench-stop', 'true');
    const time = await timeDocker(engine, 'stop', 'bench-stop');
    await container.remove({ force: true });
    return time;
  });
  return { title: `docker stop, ${rounds} times each`, columns: ['median', 'p95'], figures };
}

async function ofManyAtOnce(pairs, rounds) {
  const figures = await takingTurns(pairs, rounds, async ({ docker }) => {
    const names = Array.from({ length: AT_ONCE }, (_, i) => `bench-many-${i}`);
    const time = await timed(() => Promise.all(names.map((name) => start(docker, name, SLEEP))));
    await Promise.all(names.map((name) => docker.getContainer(name).remove({ force: true })));
    return time;
  });
  return { title: `create and start of ${AT_ONCE} at once, ${rounds} times each`, columns: ['median'], figures };
}

async function ofStats(pairs, rounds) {
  const names = Array.from({ length: MANY }, (_, i) => `bench-stats-${i}`);
  for (const { docker } of pairs) {
    for (let i = 0; i < MANY; i += AT_ONCE)
      await Promise.all(names.slice(i, i + AT_ONCE).map((name) => start(docker, name, SLEEP)));
  }
  const stats = (docker, name) => docker.getContainer(name).stats({ stream: false, 'one-shot': true });
  const figures = await takingTurns(pairs, rounds, ({ docker }) =>
    timed(() => Promise.all(names.map((name) => stats(docker, name)))),
  );
  const lists = await takingTurns(pairs, rounds, ({ docker }) => timed(() => docker.listContainers({ all: true })));
  for (const { docker } of pairs) {
    for (let i = 0; i < MANY; i += AT_ONCE)
      await Promise.all(names.slice(i, i + AT_ONCE).map((name) => docker.getContainer(name).remove({ force: true })));
  }
  return {
    title: `with ${MANY} containers running: stats of all, list of all, ${rounds} times each`,
    columns: ['stats', 'list'],
    figures: figures.map(({ engine, median }, i) => ({ engine, stats: median, list: lists[i].median })),
  };
}

async function ofLogs(pairs, rounds) {
  const write = `yes ${LINE} | head -n ${LINES}`;
  const reading = new Map(pairs.map(({ engine }) => [engine.name, []]));
  const figures = await takingTurns(pairs, rounds, async ({ engine, docker }) => {
    const container = await start(docker, 'bench-logs', ['sh', '-c', write]);
    const written = await timed(() => container.wait());
    reading.get(engine.name).push(await timed(() => readLogs(engine, container)));
    await container.remove({ force: true });
    return written;
  });
  return {
    title: `${(LINES * (LINE.length + 1)) / 1e6} MB of log: written by the container, read back, ${rounds} times each`,
    columns: ['write', 'read'],
    figures: figures.map(({ engine, median: written }) => ({
      engine,
      write: written,
      read: median(reading.get(engine)),
    })),
  };
}

/** Without following: podman's service ends a followed log of a container that has exited before its end. */
async function readLogs({ name, socket }, container) {
  const request = get({ socketPath: socket, path: `/v1.41/containers/${container.id}/logs?stdout=1&stderr=1` });
  const [answer] = await once(request, 'response');
  let bytes = 0;
  for await (const chunk of answer) bytes += chunk.length;
  if (bytes < LINES * (LINE.length + 1)) throw new Error(`${name} gave only ${bytes} bytes of log`);
}

async function start(docker, name, cmd, options = {}) {
  const log = { LogConfig: { Type: 'json-file', Config: {} } };
  const container = await docker.createContainer({ name, Image: IMAGE, Cmd: cmd, HostConfig: log, ...options });
  await container.start();
  return container;
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** A first round does not count: caches are filled in it. Who begins changes from round to round. */
async function takingTurns(pairs, rounds, work) {
  const times = new Map(pairs.map(({ engine }) => [engine.name, []]));
  for (let round = -1; round < rounds; round++) {
    const order = round % 2 === 0 ? pairs : [...pairs].reverse();
    for (const pair of order) {
      const time = await work(pair);
      if (round >= 0) times.get(pair.engine.name).push(time);
    }
  }
  return [...times].map(([engine, each]) => ({ engine, median: median(each), p95: percentile(each, 0.95) }));
}
