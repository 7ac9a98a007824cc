import * as z from 'zod/mini';
import { familiarReference, parseReference, withDefaultTag } from '../../../core/image/reference.ts';
import { isKind } from '../../errors.ts';
import type { Arguments } from '../arguments.ts';
import { type Command, print, type Surface } from '../command.ts';
import { createBody } from '../create-body.ts';
import { type EngineClient, RefusedRequest } from '../engine-client.ts';
import { proxySignals } from '../proxied-signals.ts';
import { pullImage } from '../pull-image.ts';
import { Created, WaitResult } from '../records.ts';
import { accountHeaders } from '../registry-account.ts';
import { RUN_HELP, RUN_OPTIONS } from '../run-options.ts';
import { joinStreams, requireTty, tellSize } from '../terminal.ts';

/** `lapstrake run`. */
export const run: Command = {
  name: 'run',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Run a command in a new container',
  options: RUN_OPTIONS,
  optionHelp: RUN_HELP,
  stopAtFirst: true,
  positionals: [1, 9999],
  failureCode: 125,
  async run(args, surface) {
    const joining = { tty: args.has('tty'), stdin: args.has('interactive') };
    const isDetached = args.has('detach');
    if (!isDetached) requireTty(surface, joining);
    const body = createBody(args, surface.env);
    const engine = await surface.engine();
    const id = await create(engine, body, args, surface);
    if (isDetached) {
      await start(engine, id);
      print(surface.stdout, id);
      return 0;
    }
    return runAttached(engine, id, { ...joining, rm: args.has('rm') }, surface);
  },
};

async function create(
  engine: EngineClient,
  body: Record<string, unknown>,
  args: Arguments,
  surface: Surface,
): Promise<string> {
  const query = { name: args.text('name'), platform: args.text('platform') };
  const attempt = async (): Promise<string> => {
    const { Id, Warnings } = await engine.json(Created, 'POST', '/containers/create', { query, json: body });
    for (const warning of Warnings) print(surface.stderr, `WARNING: ${warning}`);
    return Id;
  };
  try {
    return await attempt();
  } catch (error) {
    if (!isKind(error, 'not-found') || !isWithoutImage(error)) throw error;
  }
  const [image = ''] = args.positionals;
  const parsed = parseReference(image);
  const name = parsed.ok ? familiarReference(withDefaultTag(parsed.reference)) : image;
  print(surface.stderr, `Unable to find image '${name}' locally`);
  await pullImage(engine, image, surface.stderr, {
    platform: args.text('platform'),
    account: (domain) => accountHeaders(surface, domain),
    signal: surface.signal,
  });
  return attempt();
}

/** It is not here, or not for the platform that was asked for. */
function isWithoutImage({ message }: Error): boolean {
  return message.startsWith('No such image') || message.includes('does not match the specified platform');
}

async function runAttached(
  engine: EngineClient,
  id: string,
  { tty, stdin, rm }: { readonly tty: boolean; readonly stdin: boolean; readonly rm: boolean },
  surface: Surface,
): Promise<number> {
  const path = `/containers/${id}`;
  const stream = await engine.hijack('POST', `${path}/attach`, {
    query: { stream: true, stdout: true, stderr: true, stdin },
  });
  // Asked for before the start, so that the shortest run is not missed.
  const condition = rm ? 'removed' : 'next-exit';
  const waiting = await engine.send('POST', `${path}/wait`, { query: { condition } });
  using _signals = tty && stdin ? { [Symbol.dispose]: () => undefined } : proxySignals(engine, id);
  try {
    await start(engine, id);
  } catch (error) {
    stream.destroy();
    waiting.destroy();
    throw error;
  }
  if (tty) await tellSize(surface, engine, path);
  await joinStreams(surface, engine, stream, { tty, stdin, resizePath: path });
  const parts: Buffer[] = [];
  for await (const part of waiting) parts.push(part);
  const result = z.parse(WaitResult, JSON.parse(Buffer.concat(parts).toString()));
  if (result.Error !== undefined) throw new RefusedRequest(500, result.Error.Message);
  return result.StatusCode;
}

/** Error: RefusedRequest; one whose program cannot be run has `exitCode` 126 or 127. */
async function start(engine: EngineClient, id: string): Promise<void> {
  await engine.empty('POST', `/containers/${id}/start`);
}
