import { Writable } from 'node:stream';
import { familiarName, familiarReference, parseReference, withDefaultTag } from '../../../core/image/reference.ts';
import type { ManifestWishes } from '../../registry/manifest-wishes.ts';
import type { Arguments } from '../arguments.ts';
import { type Command, print, type Surface } from '../command.ts';
import { ProgressPrinter } from '../progress-printer.ts';
import { ProgressRecord } from '../records.ts';
import { accountHeaders } from '../registry-account.ts';
import { UsageError } from '../usage-error.ts';

/** `lapstrake push`. */
export const push: Command = {
  name: 'push',
  usage: '[OPTIONS] NAME[:TAG]',
  summary: 'Upload an image to a registry',
  options: { 'all-tags': { type: 'boolean', short: 'a' }, quiet: { type: 'boolean', short: 'q' } },
  optionHelp: { 'all-tags': 'push every tag of the repository', quiet: 'print the name only' },
  positionals: [1, 1],
  run: (args, surface) => pushImage(args.positionals[0] ?? '', { args }, surface),
};

/** Pushes what a name means, with what its manifest is to have beside. Error: UsageError, RefusedRequest. */
export async function pushImage(
  name: string,
  { args, manifest }: { readonly args: Arguments; readonly manifest?: ManifestWishes },
  surface: Surface,
): Promise<number> {
  const parsed = parseReference(name);
  if (!parsed.ok) throw new UsageError(parsed.problem, name);
  const { reference } = parsed;
  if (reference.digest !== undefined) throw new UsageError('cannot push a digest reference', name);
  const all = args.has('all-tags');
  if (all && reference.tag !== undefined) throw new UsageError("tag can't be used with --all-tags/-a", name);
  const pushed = all ? reference : withDefaultTag(reference);
  const out = args.has('quiet') ? new Writable({ write: (_chunk, _encoding, done) => done() }) : surface.stdout;
  if (!all && reference.tag === undefined) print(out, 'Using default tag: latest');
  const headers = await accountHeaders(surface, reference.domain);
  const engine = await surface.engine();
  const path = `/images/${familiarName(reference)}/push`;
  const { signal } = surface;
  const printer = new ProgressPrinter(out);
  for await (const line of engine.lines(ProgressRecord, 'POST', path, {
    query: {
      tag: pushed.tag,
      annotations:
        manifest && Object.keys(manifest.annotations).length > 0 ? JSON.stringify(manifest.annotations) : undefined,
      ocimediatypes: manifest?.oci,
    },
    headers,
    signal,
  })) {
    printer.show(line);
  }
  if (args.has('quiet')) print(surface.stdout, familiarReference(pushed));
  return 0;
}
