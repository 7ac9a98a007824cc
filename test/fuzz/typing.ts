import { PassThrough } from 'node:stream';
import {
  createConnection,
  createProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { ShellReader } from '../../core/shell/shell-script.ts';
import { startServer } from '../../server/server.ts';
import { type Random, randomOf } from '../faults/random.ts';

const URI = 'untitled:typed/Dockerfile';
const WORDS = [
  'RUN make\n',
  'ENV A=b\n',
  'WORKDIR $A\n',
  '# why\n',
  'x',
  ' ',
  '\n',
  '\\\n',
  '"',
  'RUN <<E\nE\n',
  'FROM a\n',
];

const STAGE = [
  'FROM debian:13 AS base',
  'ENV PORT=8080 \\',
  '    NAME="a word that is long enough to be a part of another string"',
  'RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*',
  'WORKDIR srv',
  'COPY . .',
  'CMD npm start',
];

/** A text of so many stages of seven lines. */
export function stages(count: number): string {
  return `${Array.from({ length: count }, () => STAGE)
    .flat()
    .join('\n')}\n`;
}

/** Megabytes in use after so many edits. */
export interface Sample {
  readonly edits: number;
  readonly megabytes: number;
}

/**
 * Types into a document of a real language server, at random places that a seed decides, and takes samples of the memory in
 * use: when it is opened, and after every so many edits. Every twentieth edit takes back what the others before it did, so that the text does not grow.
 * `collect` has the garbage collected.
 */
export async function* typeAway(
  text: string,
  shell: ShellReader,
  { count, every, seed, collect }: { count: number; every: number; seed: number; collect: () => void },
): AsyncGenerator<Sample> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  startServer(
    createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)),
    Promise.resolve(shell),
  );
  const client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  let told: (version: number) => void = () => undefined;
  client.onNotification(PublishDiagnosticsNotification.type, ({ version = 0 }) => told(version));
  client.listen();
  await client.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  await client.sendNotification('initialized', {});
  const random = randomOf(seed);
  const sample = (edits: number): Sample => {
    collect();
    return { edits, megabytes: process.memoryUsage().heapUsed / 1e6 };
  };
  try {
    let version = 1;
    const open = { uri: URI, languageId: 'dockerfile', version, text };
    const opened = new Promise<void>((resolve) => {
      told = () => resolve();
    });
    await client.sendNotification('textDocument/didOpen', { textDocument: open });
    await opened;
    yield sample(0);
    for (let edits = 1; edits <= count; edits++) {
      const change = edits % 20 === 0 ? { text } : typed(text, random);
      const wanted = ++version;
      const answered = new Promise<void>((resolve) => {
        told = (of) => {
          if (of >= wanted) resolve();
        };
      });
      await client.sendNotification('textDocument/didChange', {
        textDocument: { uri: URI, version },
        contentChanges: [change],
      });
      await answered;
      if (edits % every === 0) yield sample(edits);
    }
    await client.sendRequest('shutdown');
  } finally {
    client.end();
    client.dispose();
  }
}

function typed(text: string, random: Random) {
  const lines = text.split('\n');
  const line = random.below(lines.length);
  const start = { line, character: random.below((lines[line]?.length ?? 0) + 1) };
  const end = { line, character: start.character + random.below(4) };
  return { range: { start, end: random.below(2) === 0 ? start : end }, text: random.of(WORDS) };
}
