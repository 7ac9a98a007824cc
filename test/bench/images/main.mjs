// Measures how our engine and a dockerd move images: started by `npm run bench -- images`, which sets up what is needed.
import { heading, warn } from '../../../scripts/setup/say.mjs';
import { startDockerd, startLapstrake } from '../engines.mjs';
import { mib } from '../figures.mjs';
import { show } from '../show.mjs';
import { table } from '../table.mjs';
import { imagePeaks, SIZES } from './peaks.mjs';
import { imageTimes } from './ways.mjs';

/** A mirror that nobody needs: all images are named with their registry. */
const NO_MIRROR = 'http://127.0.0.1:9';

async function times() {
  const engines = [];
  try {
    engines.push(await startLapstrake(NO_MIRROR));
    const dockerd = await startDockerd(NO_MIRROR);
    if ('whyNot' in dockerd) warn(`measured without comparison: ${dockerd.whyNot}`);
    else engines.push(dockerd);
    for await (const { title, rounds, figures } of imageTimes(engines)) {
      show(`${title}, ${rounds} times each, taking turns`, figures, ['median', 'p95', 'processor']);
    }
  } finally {
    for (const engine of engines) await engine.stop();
  }
}

async function memory() {
  const starts = [startLapstrake];
  const probe = await startDockerd(NO_MIRROR);
  if (!('whyNot' in probe)) {
    await probe.stop();
    starts.push(startDockerd);
  }
  heading('the most memory that an engine and its processes take');
  const rows = (await imagePeaks(starts)).flatMap(({ way, figures }) =>
    figures.map(({ engine, small, large }) => [way, engine, mib(small), mib(large), (large / small).toFixed(2)]),
  );
  table([['docker', 'engine', ...Object.values(SIZES).map((size) => `${size} MiB image`), 'growth'], ...rows]);
}

times()
  .then(memory)
  .then(
    () => process.exit(0),
    (error) => {
      warn(error instanceof Error ? error.message : String(error));
      process.exit(1);
    },
  );
