// Measures language servers at one length of text, taking turns.
import { median, percentile } from '../figures.mjs';
import { dockerfileText, keysAt } from './dockerfile-text.mjs';
import { Editor } from './editor.mjs';

/** Longer than the pause after which ours looks at the build context, too. */
const QUIET_MS = 500;
const STARTED = 7;
const OPENED = 6;
const BURSTS = 20;
const ASKED = 11;
/** Requests that take longer are asked once. */
const SLOW_MS = 2000;

/**
 * @typedef {object} Figures times in milliseconds, memory in bytes; undefined where there was no answer
 * @property {string} server
 * @property {number} diagnostics how many there are in the end
 */

/**
 * @param {readonly import('./language-servers.mjs').LanguageServer[]} servers
 * @returns {Promise<Figures[]>}
 */
export async function measureAt(lineCount, servers) {
  const first = await measureFirst(servers, lineCount);
  const editors = servers.map((server) => new Editor(server));
  try {
    for (const editor of editors) await editor.start();
    const opened = await measureOpening(editors, lineCount);
    const uri = 'untitled:typed/Dockerfile';
    const text = dockerfileText(lineCount, 'typed');
    for (const editor of editors) {
      await editor.open(uri, text);
      await editor.quiet(uri, QUIET_MS);
    }
    const typed = await measureTyping(editors, uri, text.split('\n'));
    const asked = await measureRequests(editors, uri, text.split('\n'));
    const trips = await measureRoundTrips(editors, uri);
    const figures = [];
    for (const editor of editors) {
      figures.push({
        server: editor.name,
        diagnostics: editor.diagnosticCount,
        ...first.get(editor.server),
        open: opened.get(editor),
        ...typed.get(editor),
        ...asked.get(editor),
        roundTrip: trips.get(editor),
        memory: await editor.memory(),
      });
    }
    return figures;
  } finally {
    for (const editor of editors) await editor.stop();
  }
}

/** Whoever begins changes from round to round. */
function inTurn(all, round) {
  return round % 2 === 0 ? all : [...all].reverse();
}

function forEach(all, make) {
  return new Map(all.map((each) => [each, make()]));
}

/** From its start until a server can be asked, and its first document then: medians of so many starts. */
async function measureFirst(servers, lineCount) {
  const starts = forEach(servers, () => []);
  const times = forEach(servers, () => []);
  const text = dockerfileText(lineCount, 'first');
  for (let round = 0; round < STARTED; round++) {
    for (const server of inTurn(servers, round)) {
      const began = performance.now();
      const editor = new Editor(server);
      try {
        await editor.start();
        starts.get(server).push(performance.now() - began);
        times.get(server).push(await editor.open('untitled:first/Dockerfile', text));
      } finally {
        await editor.stop();
      }
    }
  }
  return new Map(
    servers.map((each) => [each, { start: median(starts.get(each)), firstOpen: median(times.get(each)) }]),
  );
}

/** Later documents, one after the other. */
async function measureOpening(editors, lineCount) {
  const times = forEach(editors, () => []);
  for (let round = 0; round < OPENED; round++) {
    const uri = `untitled:opened${round}/Dockerfile`;
    const text = dockerfileText(lineCount, `opened${round}`);
    for (const editor of inTurn(editors, round)) {
      times.get(editor).push(await editor.open(uri, text));
      await editor.quiet(uri, QUIET_MS);
      await editor.close(uri);
    }
  }
  return new Map([...times].map(([editor, [_first, ...later]]) => [editor, median(later)]));
}

/** In each round a burst of keys, one as soon as the last one was answered, at another place of the text. */
async function measureTyping(editors, uri, lines) {
  const times = forEach(editors, () => []);
  const settled = forEach(editors, () => []);
  const work = forEach(editors, () => []);
  for (let round = 0; round < BURSTS; round++) {
    const keys = keysAt(lines, Math.floor((lines.length * ((round * 7) % BURSTS)) / BURSTS));
    for (const editor of inTurn(editors, round)) {
      let began = 0;
      const before = await editor.processorTime();
      for (const key of keys) {
        began = performance.now();
        times.get(editor).push(await editor.change(uri, key));
      }
      work.get(editor).push(((await editor.processorTime()) - before) / keys.length);
      const last = await editor.quiet(uri, QUIET_MS);
      settled.get(editor).push((last ?? began + times.get(editor).at(-1)) - began);
    }
  }
  return new Map(
    [...times].map(([editor, each]) => [
      editor,
      {
        keyP50: median(each),
        keyP95: percentile(each, 0.95),
        keyWork: median(work.get(editor)),
        settled: median(settled.get(editor)),
      },
    ]),
  );
}

/** Each request follows a key at once, so that nothing is known of the text yet. */
async function measureRequests(editors, uri, lines) {
  const [key] = keysAt(lines, Math.floor(lines.length / 2));
  const { line } = key.range.start;
  // Where the next instruction begins: there both have something to offer.
  const position = { line: line + 2, character: 0 };
  const kinds = {
    completion: (editor, change) => editor.changeAndAsk(uri, change, 'textDocument/completion', { position }),
    tokens: (editor, change) => editor.changeAndColour(uri, change),
  };
  const figures = forEach(editors, () => ({}));
  for (const [kind, changeAndAsk] of Object.entries(kinds)) {
    const times = forEach(editors, () => []);
    for (let round = 0; round < ASKED; round++) {
      for (const editor of inTurn(editors, round)) {
        const known = times.get(editor);
        if (known.length > 0 && !(known[0] < SLOW_MS)) continue;
        const { start } = key.range;
        const undo = { range: { start, end: { line, character: start.character + 1 } }, text: '' };
        known.push(await changeAndAsk(editor, round % 2 === 0 ? key : undo));
        await editor.quiet(uri, QUIET_MS);
      }
    }
    for (const [editor, each] of times) {
      figures.get(editor)[kind] = each.includes(undefined) ? undefined : median(each);
    }
  }
  return figures;
}

/** Like a first key: after a while in which there was nothing to do. */
async function measureRoundTrips(editors, uri) {
  const times = forEach(editors, () => []);
  for (let round = 0; round < ASKED; round++) {
    for (const editor of inTurn(editors, round)) {
      await editor.quiet(uri, QUIET_MS);
      times.get(editor).push(await editor.roundTrip());
    }
  }
  return new Map([...times].map(([editor, each]) => [editor, median(each)]));
}
