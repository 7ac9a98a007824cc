// How long builds take that people wait for: unchanged, with one changed file in a large context, cold.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { timeDocker } from './docker-command.mjs';
import { median } from './figures.mjs';

const FILES = 5000;
const BYTES_EACH = 42_000;
const FOLDERS = 50;

/**
 * Measures each case with every builder, taking turns; `figures` are medians in milliseconds.
 * @param {Awaited<ReturnType<typeof import('./builders.mjs').buildersOf>>} builders
 */
export async function* buildCases(builders, rounds = 5) {
  for (const engine of new Set(builders.map((each) => each.engine))) await timeDocker(engine, 'pull', '-q', 'busybox');
  const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-builds-'));
  try {
    const small = path.join(folder, 'small');
    await write(small, { f: 'x', Dockerfile: tenSteps() });
    yield await measure('no change, 10 steps', builders, rounds, small, { prepare: true });
    const runs = Array.from({ length: 10 }, (_, at) => `RUN echo ${at} > /${at}\n`).join('');
    await write(small, { Dockerfile: `FROM busybox\n${runs}` });
    yield await measure('10 RUN, cold', builders, rounds, small, { options: ['--no-cache'] });
    const stages = ['a', 'b'].map((name) => `FROM busybox AS ${name}\nRUN sleep 1; echo > /${name}\n`).join('');
    await write(small, { Dockerfile: `${stages}FROM scratch\nCOPY --from=a /a /\nCOPY --from=b /b /\n` });
    yield await measure('2 stages that sleep for a second, cold', builders, rounds, small, { options: ['--no-cache'] });
    const large = path.join(folder, 'large');
    await writeLarge(large);
    const title = `of ${FILES} files, ${Math.round((FILES * BYTES_EACH) / 1e6)} MB`;
    // Files that no builder has seen: ours would take over from the round before what is the same.
    const cold = { options: ['--no-cache'], change: () => writeLarge(large) };
    yield await measure(`COPY ${title}, cold`, builders, Math.min(rounds, 3), large, cold);
    const change = (round) => writeFile(path.join(large, 'src/0/0'), `changed ${round}\n`);
    yield await measure(`one changed file ${title}`, builders, rounds, large, { prepare: true, change });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  title,
  builders,
  rounds,
  context,
  { options = [], prepare = false, change = async () => undefined },
) {
  const times = new Map(builders.map(({ name }) => [name, []]));
  const run = ({ name, build }) => build('-t', `bench-${name.toLowerCase().replace(/\W+/g, '-')}`, ...options, context);
  if (prepare) for (const builder of builders) await run(builder);
  for (let round = 0; round < rounds; round++) {
    await change(round);
    // Who comes after whom changes: file systems are slow to make files where many have just gone.
    const order = builders.map((_, i) => builders[(i + round) % builders.length]);
    for (const builder of order) {
      // What the builder before has written goes to the disk first, not during this one's time.
      await promisify(execFile)('sync');
      times.get(builder.name).push(await run(builder));
    }
  }
  return { title, rounds, figures: [...times].map(([name, each]) => ({ name, median: median(each) })) };
}

function tenSteps() {
  const steps = ['WORKDIR /w', 'COPY f /w/', 'ENV A=1', 'RUN echo 1 > /1', 'RUN echo 2 > /2', 'LABEL l=1', 'COPY f /g'];
  return `FROM busybox\n${[...steps, 'RUN echo 3 > /3', 'USER 7', 'CMD ["x"]'].join('\n')}\n`;
}

async function write(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}

/** What cannot be packed into less, as programs and pictures; the changed file comes first of 50 folders. */
async function writeLarge(folder) {
  for (let each = 0; each < FOLDERS; each++) {
    const place = path.join(folder, 'src', String(each));
    await mkdir(place, { recursive: true });
    for (let at = 0; at < FILES / FOLDERS; at++) await writeFile(path.join(place, String(at)), randomBytes(BYTES_EACH));
  }
  const stages = 'COPY src/49 /first/\nCOPY src /src/\n';
  await writeFile(path.join(folder, 'Dockerfile'), `FROM busybox\n${stages}`);
}
