import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { BuildEvent } from '../../../protocol/build-event.ts';
import { classicRecords } from '../../build/classic-progress.ts';
import { StepOrder } from '../../build/step-order.ts';
import type { Arguments } from '../arguments.ts';
import { buildLocally } from '../build-local.ts';
import { BUILD_OPTION_HELP, BUILD_OPTIONS, buildQuery } from '../build-query.ts';
import { readAgents, readSecrets } from '../build-secrets.ts';
import { BuildTree } from '../build-tree.ts';
import { type Command, print, type Surface } from '../command.ts';
import { isFolder, packContext } from '../context-tar.ts';
import { type EngineClient, RefusedRequest } from '../engine-client.ts';
import { ProgressPrinter } from '../progress-printer.ts';
import { ProgressRecord } from '../records.ts';
import { UsageError } from '../usage-error.ts';

/** `lapstrake build`. */
export const build: Command = {
  name: 'build',
  usage: '[OPTIONS] PATH',
  summary: 'Build an image from a Dockerfile',
  options: {
    ...BUILD_OPTIONS,
    file: { type: 'string', short: 'f' },
    secret: { type: 'string', multiple: true },
    ssh: { type: 'string', multiple: true },
    progress: { type: 'string' },
    iidfile: { type: 'string' },
    quiet: { type: 'boolean', short: 'q' },
  },
  optionHelp: {
    ...BUILD_OPTION_HELP,
    file: 'the Dockerfile (default: PATH/Dockerfile)',
    secret: 'id=NAME[,src=FILE|env=VARIABLE] for RUN --mount=type=secret, may be repeated',
    ssh: 'default, NAME or NAME=SOCKET of an agent for RUN --mount=type=ssh, may be repeated',
    progress: 'auto, plain or tty: how the steps are shown (default: auto)',
    iidfile: 'write the image’s ID to this file',
    quiet: 'print the image’s ID only',
  },
  positionals: [1, 1],
  async run(args, surface) {
    const [folder = '.'] = args.positionals;
    if (!(await isFolder(folder)))
      throw new UsageError(`unable to prepare context: there is no folder ${folder}`, folder);
    const id = await buildFolder(folder, args, surface);
    const iidFile = args.text('iidfile');
    if (iidFile !== undefined) await writeFile(iidFile, id);
    if (args.has('quiet')) print(surface.stdout, id);
    return 0;
  },
};

/** Gives the image's ID. Error: RefusedRequest with the failure and its place. */
async function buildFolder(folder: string, args: Arguments, surface: Surface): Promise<string> {
  const dockerfile = args.text('file');
  const shown = dockerfile ?? join(folder, 'Dockerfile');
  const secrets = await readSecrets(args.texts('secret'), surface.env);
  const sshAgents = readAgents(args.texts('ssh'), surface.env);
  const engine = await surface.engine();
  const local = { folder, dockerfile, query: buildQuery(args, surface.env), secrets, sshAgents };
  const outcome = await withProgress(args, surface, (progress) =>
    buildLocally(engine, local, progress, surface.signal),
  );
  if (outcome === undefined) {
    const needed =
      Object.keys(secrets).length > 0 ? '--secret' : Object.keys(sshAgents).length > 0 ? '--ssh' : undefined;
    if (needed === undefined) return buildArchive(engine, folder, args, surface);
    throw new UsageError(`${needed} needs an engine of Lapstrake that sees ${folder}`);
  }
  if ('id' in outcome) return outcome.id;
  const { line, message } = outcome.failure;
  throw new RefusedRequest(500, line === undefined ? message : `${shown}:${line}: ${message}`);
}

/** Shows a build's events as it was asked for: as a tree on a terminal, else step after step. */
async function withProgress<T>(
  args: Arguments,
  surface: Surface,
  work: (progress: (event: BuildEvent) => void) => Promise<T>,
): Promise<T> {
  const wanted = args.text('progress') ?? 'auto';
  if (!['auto', 'plain', 'tty'].includes(wanted)) {
    throw new UsageError(`--progress ${wanted}: it is auto, plain or tty`);
  }
  if (!args.has('quiet') && (wanted === 'tty' || (wanted === 'auto' && surface.stdout.isTTY === true))) {
    using tree = new BuildTree(surface.stdout, surface.now);
    return await work(tree.add);
  }
  const printer = printerFor(args, surface);
  const order = new StepOrder((event) => {
    for (const record of classicRecords(event)) {
      const parsed = ProgressRecord.safeParse(record);
      if (parsed.success) printer.show(parsed.data);
    }
  });
  try {
    return await work(order.add);
  } finally {
    order.flush();
  }
}

/** Sends the context to an engine that does not see it. */
async function buildArchive(engine: EngineClient, folder: string, args: Arguments, surface: Surface): Promise<string> {
  const context = await packContext(folder, args.text('file'), surface.signal);
  const lines = engine.lines(ProgressRecord, 'POST', '/build', {
    query: { ...buildQuery(args, surface.env), dockerfile: context.dockerfile },
    headers: { 'Content-Type': 'application/x-tar' },
    stream: context.tar,
    signal: surface.signal,
  });
  const printer = printerFor(args, surface);
  let id = '';
  for await (const line of lines) {
    if (typeof line.aux?.ID === 'string') id = line.aux.ID;
    printer.show(located(line, args.text('file') ?? join(folder, 'Dockerfile')));
  }
  return id;
}

function printerFor(args: Arguments, { stdout }: Surface): ProgressPrinter {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  return new ProgressPrinter(args.has('quiet') ? silent : stdout);
}

/** A failure with the place in the Dockerfile in front, in the form that terminals and editors make a link of. */
function located(record: ProgressRecord, file: string): ProgressRecord {
  const { errorDetail } = record;
  if (record.error === '' || errorDetail === undefined || errorDetail.line === 0) return record;
  const message = `${file}:${errorDetail.line}: ${errorDetail.message || record.error}`;
  return { ...record, errorDetail: { ...errorDetail, message } };
}
