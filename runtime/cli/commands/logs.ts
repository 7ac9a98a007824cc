import { pipeline } from 'node:stream/promises';
import type { Command } from '../command.ts';
import { FrameReader } from '../frame-reader.ts';
import { ContainerInspect } from '../records.ts';

/** `lapstrake logs`. */
export const logs: Command = {
  name: 'logs',
  usage: '[OPTIONS] CONTAINER',
  summary: 'Print what a container wrote',
  options: {
    follow: { type: 'boolean', short: 'f' },
    timestamps: { type: 'boolean', short: 't' },
    tail: { type: 'string', short: 'n' },
    since: { type: 'string' },
    until: { type: 'string' },
  },
  optionHelp: {
    follow: 'print what it goes on to write, until it ends',
    timestamps: 'print when each line was written',
    tail: 'the last lines only: a number, or all',
    since: 'what was written since a Unix time',
    until: 'what was written before a Unix time',
  },
  positionals: [1, 1],
  async run(args, surface) {
    const engine = await surface.engine();
    const path = `/containers/${encodeURIComponent(args.positionals[0] ?? '')}`;
    const { Config } = await engine.json(ContainerInspect, 'GET', `${path}/json`);
    const response = await engine.send('GET', `${path}/logs`, {
      query: {
        stdout: true,
        stderr: true,
        follow: args.has('follow'),
        timestamps: args.has('timestamps'),
        tail: args.text('tail') ?? 'all',
        since: args.text('since'),
        until: args.text('until'),
      },
    });
    const end = (): unknown => response.destroy();
    surface.signal.addEventListener('abort', end, { once: true });
    try {
      if (Config.Tty) await pipeline(response, surface.stdout, { end: false });
      else await pipeline(response, new FrameReader(surface.stdout, surface.stderr).resume());
      return 0;
    } catch (error) {
      if (surface.signal.aborted) return 130;
      throw error;
    } finally {
      surface.signal.removeEventListener('abort', end);
    }
  },
};
