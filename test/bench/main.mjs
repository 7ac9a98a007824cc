// Measures our engine beside others: started by `npm run bench`, which sets up what is needed. Words name the measurements
// that are wanted; without any, all are made.
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { heading, say, warn } from '../../scripts/setup/say.mjs';
import { buildCases } from './build-cases.mjs';
import { buildPeaks, SIZES } from './build-peaks.mjs';
import { buildTime } from './build-time.mjs';
import { buildersOf } from './builders.mjs';
import { chart } from './chart.mjs';
import { containerWork } from './container-work.mjs';
import { startDockerd, startLapstrake } from './engines.mjs';
import { mib, ms } from './figures.mjs';
import { manyContainers } from './many-containers.mjs';
import { startPodman } from './podman.mjs';
import { residentMemory } from './processes.mjs';
import { runLatency } from './run-latency.mjs';
import { show } from './show.mjs';
import { table } from './table.mjs';

const ROUNDS = 20;

/** Each takes the engines, ours first, and shows what it found. */
const MEASUREMENTS = {
  run: async (engines) => {
    const figures = await runLatency(engines, ROUNDS);
    show(`docker run --rm busybox echo hi, ${ROUNDS} times each, taking turns`, figures, ['median', 'p95']);
  },
  build: async (engines, registryUrl) => {
    const figures = await buildTime(engines);
    show('docker build of examples/bulletin-board, median of 5', figures, ['cold', 'cached', 'changed']);
    const another = await startLapstrake(registryUrl);
    try {
      await showBuilds(await buildersOf(engines, another));
    } finally {
      await another.stop();
    }
  },
  containers: (engines, registryUrl) =>
    withPodman(engines, registryUrl, async (all) => {
      await showIdleMemory('before any container', all);
      for await (const { title, columns, figures } of containerWork(all)) show(title, figures, columns);
      await showIdleMemory('after all containers have gone', all);
    }),
  many: (engines, registryUrl) =>
    withPodman(engines, registryUrl, async (all) => {
      const { counts, measures } = await manyContainers(all);
      heading('containers running at once, and what they take');
      for (const { title, unit, lines } of measures) chart(title, counts, unit, lines);
    }),
};

async function showBuilds(builders) {
  for await (const { title, rounds, figures } of buildCases(builders)) {
    heading(`build: ${title}, median of ${rounds}`);
    const peers = figures.filter(({ name }) => name.startsWith('dockerd'));
    table([
      ['builder', 'median', ...peers.map(({ name }) => `/ ${name}`)],
      ...figures.map(({ name, median }) => [
        name,
        ms(median),
        ...peers.map((peer) => (median / peer.median).toFixed(2)),
      ]),
    ]);
  }
  heading('build: the most memory that an engine and its processes take, COPY of the context cold');
  const peaks = await buildPeaks(builders);
  const rows = peaks.map(({ builder, small, large }) => [builder, mib(small), mib(large), (large / small).toFixed(2)]);
  table([['builder', ...Object.values(SIZES).map((size) => `${size} MiB context`), 'growth'], ...rows]);
}

async function withPodman(engines, registryUrl, work) {
  const podman = await startPodman(registryUrl);
  const isThere = !('whyNot' in podman);
  if (!isThere) warn(`measured without podman: ${podman.whyNot}`);
  try {
    await work(isThere ? [...engines, podman] : engines);
  } finally {
    if (isThere) await podman.stop();
  }
}

/** Of the daemon with what it has started (containerd), while it has nothing to do. */
async function showIdleMemory(when, engines) {
  const figures = await Promise.all(
    engines.map(async ({ name, pid }) => ({ engine: name, resident: await residentMemory(pid) })),
  );
  show(`resident memory of the daemon ${when}`, figures, ['resident'], mib);
}

async function main(names) {
  const unknown = names.find((name) => !(name in MEASUREMENTS));
  if (unknown !== undefined) throw new Error(`no measurement '${unknown}': ${Object.keys(MEASUREMENTS).join(', ')}`);
  const registry = await prepareBaseImages({ images: ['busybox', 'node'], builtIn: true, say });
  const engines = [];
  try {
    engines.push(await startLapstrake(registry.registryUrl));
    const dockerd = await startDockerd(registry.registryUrl);
    if ('whyNot' in dockerd) warn(`measured without comparison: ${dockerd.whyNot}`);
    else engines.push(dockerd);
    const wanted = names.length > 0 ? names : Object.keys(MEASUREMENTS);
    for (const name of wanted) await MEASUREMENTS[name](engines, registry.registryUrl);
  } finally {
    for (const engine of engines) await engine.stop();
    await registry.stop();
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
