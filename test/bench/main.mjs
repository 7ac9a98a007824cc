// Measures our engine beside a dockerd: started by `npm run bench`, which sets up what is needed.
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { heading, say, warn } from '../../scripts/setup/say.mjs';
import { buildTime } from './build-time.mjs';
import { startDockerd, startLapstrake } from './engines.mjs';
import { ms } from './figures.mjs';
import { runLatency } from './run-latency.mjs';
import { table } from './table.mjs';

const ROUNDS = 20;

function ratio(figures, name) {
  const [ours, theirs] = [
    figures.find(({ engine }) => engine === 'lapstrake'),
    figures.find(({ engine }) => engine === 'dockerd'),
  ];
  return theirs === undefined ? undefined : (ours[name] / theirs[name]).toFixed(2);
}

function show(title, figures, columns) {
  heading(title);
  const ratios = columns.map((column) => ratio(figures, column));
  table([
    ['engine', ...columns],
    ...figures.map((each) => [each.engine, ...columns.map((column) => ms(each[column]))]),
    ...(ratios.includes(undefined) ? [] : [['lapstrake / dockerd', ...ratios]]),
  ]);
}

async function main() {
  const registry = await prepareBaseImages({ images: ['busybox', 'node'], builtIn: true, say });
  const engines = [];
  try {
    engines.push(await startLapstrake(registry.registryUrl));
    const dockerd = await startDockerd(registry.registryUrl);
    if ('whyNot' in dockerd) warn(`measured without comparison: ${dockerd.whyNot}`);
    else engines.push(dockerd);
    const runs = await runLatency(engines, ROUNDS);
    show(`docker run --rm busybox echo hi, ${ROUNDS} times each, taking turns`, runs, ['median', 'p95']);
    const builds = await buildTime(engines);
    show('docker build of examples/bulletin-board, median of 5', builds, ['cold', 'cached', 'changed']);
  } finally {
    for (const engine of engines) await engine.stop();
    await registry.stop();
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
