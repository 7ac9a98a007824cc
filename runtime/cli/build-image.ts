import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import type { BuildCheck, BuildEvent } from '../../protocol/build-event.ts';
import { checkReport, checksInFull, checksSummary } from '../build/checks-text.ts';
import { classicRecords } from '../build/classic-progress.ts';
import { StepOrder } from '../build/step-order.ts';
import type { Arguments } from './arguments.ts';
import { openAgents } from './build-agents.ts';
import { readCacheSources, readCacheTargets } from './build-caches.ts';
import { isRemote, readNamedContexts } from './build-contexts.ts';
import { contextOfInput, dockerfileOfInput } from './build-input.ts';
import { buildLocally, type LocalBuild, type LocalOutcome } from './build-local.ts';
import { buildQuery } from './build-query.ts';
import { readSecrets } from './build-secrets.ts';
import { BuildTree } from './build-tree.ts';
import { print, type Surface } from './command.ts';
import { isFolder, packContext } from './context-tar.ts';
import type { EngineClient } from './engine-client.ts';
import { buildError, shellBefore } from './failed-build.ts';
import { ProgressPrinter } from './progress-printer.ts';
import { ProgressRecord } from './records.ts';
import { UsageError } from './usage-error.ts';
import type { Built } from './write-outputs.ts';

/** A build as it is asked for on the command line. */
export interface WantedBuild {
  readonly args: Arguments;
  /** What the image is to be called. */
  readonly names: readonly string[];
  /** `check` builds nothing, and tells what BuildKit's checks find. */
  readonly result: 'image' | 'cache' | 'check';
}

/** Has an engine build a context and shows how; no ID where no image is made. Error: RefusedRequest with the failure and its place. */
export async function buildImage(context: string, build: WantedBuild, surface: Surface): Promise<Built> {
  const { args } = build;
  if (context === '-') return buildInput(build, surface);
  if (isRemote(context)) return buildHere({ remote: context }, args.text('file'), build, surface);
  if (!(await isFolder(resolve(surface.folder, context)))) {
    throw new UsageError(`unable to prepare context: there is no folder ${context}`, context);
  }
  if (args.text('file') !== '-') return buildHere({ folder: context }, args.text('file'), build, surface);
  const scratch = await mkdtemp(join(tmpdir(), 'lapstrake-dockerfile-'));
  try {
    const file = join(scratch, 'Dockerfile');
    await writeFile(file, await dockerfileOfInput(surface.stdin));
    return await buildHere({ folder: context }, file, build, surface, 'Dockerfile');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Has an engine of this machine read or fetch the context itself, and sends it to any other. */
async function buildHere(
  context: LocalBuild['context'],
  dockerfile: string | undefined,
  build: WantedBuild,
  surface: Surface,
  shownAs?: string,
): Promise<Built> {
  const { args } = build;
  const inContext = 'folder' in context ? join(context.folder, 'Dockerfile') : 'Dockerfile';
  const shown = shownAs ?? dockerfile ?? inContext;
  const secrets = await readSecrets(args.texts('secret'), surface.env);
  await using agents = await openAgents(args.texts('ssh'), surface);
  const sshAgents = agents.sockets;
  const engine = await surface.engine();
  const query = {
    ...queryOf(build, surface),
    keepfailed: args.has('shell-on-failure'),
    q: args.has('quiet') && build.result !== 'check',
  };
  const namedContexts = await readNamedContexts(args.texts('build-context'));
  const cacheFrom = readCacheSources(args.texts('cache-from'));
  const cacheTo = readCacheTargets(args.texts('cache-to'));
  const local = {
    context,
    dockerfile,
    from: surface.folder,
    query,
    namedContexts,
    cacheFrom,
    cacheTo,
    secrets,
    sshAgents,
  };
  const checks: BuildCheck[] = [];
  const outcome = await withProgress(build, { shown, checks }, surface, (progress) =>
    buildLocally(engine, local, progress, surface.signal),
  );
  if (outcome === undefined) {
    if (build.result === 'check') throw new UsageError(`--check needs an engine of Lapstrake that sees ${shown}`);
    refuseSecrets(args, 'remote' in context ? context.remote : context.folder);
    const sentQuery = 'remote' in context ? { remote: context.remote, dockerfile } : undefined;
    const file = dockerfile === undefined ? undefined : resolve(surface.folder, dockerfile);
    const sent =
      'folder' in context
        ? await packContext(resolve(surface.folder, context.folder), file, surface.signal)
        : undefined;
    return send(engine, sentQuery ?? { dockerfile: sent?.dockerfile }, sent?.tar, shown, build, surface);
  }
  if ('id' in outcome) return { ...outcome, names: build.names, warnings: checks.length };
  const error = buildError(outcome.failure, shown);
  const { stateBefore } = outcome.failure;
  if (stateBefore !== undefined) {
    print(surface.stderr, `lapstrake: ${error.message}`);
    await shellBefore(stateBefore, surface);
  }
  throw error;
}

/** The context, or the Dockerfile alone, comes by the standard input. */
async function buildInput(build: WantedBuild, surface: Surface): Promise<Built> {
  const { args } = build;
  if (build.result === 'check')
    throw new UsageError('--check reads no archive: name a folder or an address; --file - takes the Dockerfile');
  if (args.text('file') === '-')
    throw new UsageError('the context and the Dockerfile cannot both be the standard input');
  if (surface.stdin.isTTY === true) {
    throw new UsageError(
      'the context comes by the standard input, but that is a terminal: pipe an archive or a Dockerfile in',
    );
  }
  refuseSecrets(args, 'the context');
  const { tar, dockerfile } = await contextOfInput(surface.stdin);
  const name = dockerfile ?? args.text('file');
  return send(await surface.engine(), { dockerfile: name }, tar, name ?? 'Dockerfile', build, surface);
}

function refuseSecrets(args: Arguments, context: string): void {
  const needed = ['secret', 'ssh', 'build-context', 'cache-from', 'cache-to'].find(
    (name) => args.texts(name).length > 0,
  );
  if (needed !== undefined) throw new UsageError(`--${needed} needs an engine of Lapstrake that sees ${context}`);
}

/** The Dockerfile as it is named to the user, and what BuildKit's checks find in it. */
interface Checked {
  readonly shown: string;
  readonly checks: BuildCheck[];
}

/** Shows a build's events as it was asked for, and at last what BuildKit's checks have found. */
async function withProgress(
  { args, result }: WantedBuild,
  { shown, checks }: Checked,
  surface: Surface,
  work: (progress: (event: BuildEvent) => void) => Promise<LocalOutcome>,
): Promise<LocalOutcome> {
  const withChecks = (progress: (event: BuildEvent) => void) =>
    work((event) => {
      if (event.kind === 'checked') checks.push(...event.findings);
      else progress(event);
    });
  if (result === 'check') {
    const outcome = await withChecks(() => undefined);
    const isDone = outcome !== undefined && 'id' in outcome;
    if (isDone || checks.length > 0) surface.stdout.write(checkReport(checks, shown));
    return outcome;
  }
  const outcome = await withSteps(args, surface, withChecks);
  if (checks.length > 0 && !args.has('quiet')) {
    const text = args.has('debug') ? checksInFull(checks, shown) : checksSummary(checks, ' (use --debug to expand)');
    surface.stdout.write(text);
  }
  return outcome;
}

/** Shows the steps: as a tree on a terminal, else one after the other. */
async function withSteps<T>(
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
    // Plain text, without the colour that Docker's clients expect.
    const records = event.kind === 'output' ? [{ stream: event.text }] : classicRecords(event);
    for (const record of records) {
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

/** Sends a context to an engine that does not see it, or has it fetch one (`POST /build`). */
async function send(
  engine: EngineClient,
  query: Readonly<Record<string, string | undefined>>,
  tar: Readable | undefined,
  shown: string,
  build: WantedBuild,
  surface: Surface,
): Promise<Built> {
  const { args, names } = build;
  const lines = engine.lines(ProgressRecord, 'POST', '/build', {
    query: { ...queryOf(build, surface), ...query },
    ...(tar !== undefined && { headers: { 'Content-Type': 'application/x-tar' }, stream: tar }),
    signal: surface.signal,
  });
  const printer = printerFor(args, surface);
  let id = '';
  for await (const line of lines) {
    if (typeof line.aux?.ID === 'string') id = line.aux.ID;
    printer.show(located(line, shown));
  }
  return { id, images: id === '' ? [] : [{ id, isNew: false }], names, warnings: 0 };
}

function queryOf({ args, names, result }: WantedBuild, { env }: Surface) {
  const outputs = result === 'cache' ? JSON.stringify([{ Type: 'cacheonly' }]) : undefined;
  return { ...buildQuery(args, env), t: names, outputs, call: result === 'check' ? 'check' : undefined };
}

function printerFor(args: Arguments, { stdout }: Surface): ProgressPrinter {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  return new ProgressPrinter(args.has('quiet') ? silent : stdout);
}

/** A failure with the place in the Dockerfile in front, in the form that terminals and editors make a link of. */
function located(record: ProgressRecord, file: string): ProgressRecord {
  const { errorDetail } = record;
  if (record.error === '' || errorDetail === undefined || errorDetail.line === 0) return record;
  const advice = errorDetail.advice === '' ? '' : `\n${errorDetail.advice}`;
  const message = `${file}:${errorDetail.line}: ${errorDetail.message || record.error}${advice}`;
  return { ...record, errorDetail: { ...errorDetail, message } };
}
