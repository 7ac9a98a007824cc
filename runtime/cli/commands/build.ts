import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Command, print } from '../command.ts';
import { isFolder, packContext } from '../context-tar.ts';
import { ProgressPrinter } from '../progress-printer.ts';
import { ProgressRecord } from '../records.ts';
import { UsageError } from '../usage-error.ts';

/** `lapstrake build`. */
export const build: Command = {
  name: 'build',
  usage: '[OPTIONS] PATH',
  summary: 'Build an image from a Dockerfile',
  options: {
    tag: { type: 'string', short: 't', multiple: true },
    file: { type: 'string', short: 'f' },
    target: { type: 'string' },
    'build-arg': { type: 'string', multiple: true },
    label: { type: 'string', multiple: true },
    'no-cache': { type: 'boolean' },
    pull: { type: 'boolean' },
    platform: { type: 'string' },
    network: { type: 'string' },
    quiet: { type: 'boolean', short: 'q' },
  },
  optionHelp: {
    tag: 'name of the image, may be repeated',
    file: 'the Dockerfile (default: PATH/Dockerfile)',
    target: 'the stage to build',
    'build-arg': 'NAME=VALUE, or NAME to take the value from here; may be repeated',
    label: 'NAME=VALUE, may be repeated',
    'no-cache': 'execute every instruction anew',
    pull: 'look for newer base images',
    platform: 'which base image of several platforms',
    network: 'the network of RUN: default, none or host',
    quiet: 'print the image’s ID only',
  },
  positionals: [1, 1],
  async run(args, surface) {
    const [folder = '.'] = args.positionals;
    if (!(await isFolder(folder)))
      throw new UsageError(`unable to prepare context: there is no folder ${folder}`, folder);
    const context = await packContext(folder, args.text('file'), surface.signal);
    const engine = await surface.engine();
    const isQuiet = args.has('quiet');
    const lines = engine.lines(ProgressRecord, 'POST', '/build', {
      query: {
        t: args.texts('tag'),
        dockerfile: context.dockerfile,
        target: args.text('target'),
        buildargs: JSON.stringify(pairs(args.texts('build-arg'), surface.env)),
        labels: JSON.stringify(pairs(args.texts('label'), {})),
        nocache: args.has('no-cache'),
        pull: args.has('pull'),
        platform: args.text('platform'),
        networkmode: args.text('network'),
        rm: true,
      },
      headers: { 'Content-Type': 'application/x-tar' },
      stream: context.tar,
      signal: surface.signal,
    });
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const printer = new ProgressPrinter(isQuiet ? silent : surface.stdout);
    let id = '';
    for await (const line of lines) {
      if (typeof line.aux?.ID === 'string') id = line.aux.ID;
      printer.show(located(line, args.text('file') ?? join(folder, 'Dockerfile')));
    }
    if (isQuiet) print(surface.stdout, id);
    return 0;
  },
};

/** A failure with the place in the Dockerfile in front, in the form that terminals and editors make a link of. */
function located(record: ProgressRecord, file: string): ProgressRecord {
  const { errorDetail } = record;
  if (record.error === '' || errorDetail === undefined || errorDetail.line === 0) return record;
  const message = `${file}:${errorDetail.line}: ${errorDetail.message || record.error}`;
  return { ...record, errorDetail: { ...errorDetail, message } };
}

/** `NAME=VALUE`; a name alone has its value here, or is not passed on. */
function pairs(texts: readonly string[], env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    texts.flatMap((text): [string, string][] => {
      const equals = text.indexOf('=');
      const name = equals < 0 ? text : text.slice(0, equals);
      const value = equals < 0 ? env[name] : text.slice(equals + 1);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
