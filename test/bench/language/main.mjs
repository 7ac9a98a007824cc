// Measures our language server beside another one: started by `npm run bench -- language`.
import { heading, say, warn } from '../../../scripts/setup/say.mjs';
import { ms } from '../figures.mjs';
import { table } from '../table.mjs';
import { dockerfileText } from './dockerfile-text.mjs';
import { installPeer, lapstrake, lapstrakeAsPeer, timeHadolint } from './language-servers.mjs';
import { measureAt } from './measure.mjs';

const LENGTHS = [50, 500, 5000];

/** What is measured, as people read it. */
const ROWS = [
  ['start', 'start → it can be asked'],
  ['firstOpen', 'open → diagnostics, the first document'],
  ['open', 'open → diagnostics, later ones'],
  ['keyP50', 'key → diagnostics, median'],
  ['keyP95', 'key → diagnostics, p95'],
  ['keyWork', 'the same, time of a processor'],
  ['settled', 'last key → all is told'],
  ['completion', 'key, then completion of an instruction'],
  ['tokens', 'key, then semantic tokens'],
  ['roundTrip', 'there and back, nothing to do'],
  ['memory', 'resident memory'],
];

function show(lineCount, figures) {
  heading(`${lineCount} lines`);
  const ours = figures.slice(0, 2);
  const peer = figures[2];
  const rows = ROWS.map(([name, title]) => {
    const cells = figures.map((each) => shown(name, each[name]));
    return [title, ...cells, ...(peer === undefined ? [] : ours.map((each) => ratio(each[name], peer[name])))];
  });
  table([
    ['', ...figures.map(({ server }) => server), ...(peer === undefined ? [] : ['ratio', 'its rules'])],
    ...rows,
    ['diagnostics', ...figures.map(({ diagnostics }) => String(diagnostics))],
  ]);
}

function shown(name, value) {
  if (value === undefined) return 'no answer';
  return name === 'memory' ? `${Math.round(value / 1e6)} MB` : ms(value);
}

function ratio(ours, theirs) {
  return ours === undefined || theirs === undefined ? '' : (ours / theirs).toFixed(2);
}

async function main() {
  const peer = await installPeer();
  if ('whyNot' in peer) warn(`measured without comparison: ${peer.whyNot}`);
  const own = await lapstrake();
  try {
    const ours = [own, await lapstrakeAsPeer(own)];
    const servers = 'whyNot' in peer ? ours : [...ours, peer];
    say(
      'all over stdio, taking turns; ours with every rule on but without ShellCheck’s program, and with none but those that the other has; that with all that it has',
    );
    say(
      'key → diagnostics: neither waits, there is no pause in it; “all is told” has our pause of 120 ms before the context',
    );
    for (const lineCount of LENGTHS) {
      show(lineCount, await measureAt(lineCount, servers));
      const took = await timeHadolint(dockerfileText(lineCount, 'typed'));
      say(took === undefined ? 'hadolint is not installed here' : `hadolint's program, once: ${ms(took)}`);
    }
  } finally {
    await own.remove();
    if (!('whyNot' in peer)) await peer.remove();
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
