import { openArchive } from '../archive-input.ts';
import type { Command } from '../command.ts';
import { ProgressPrinter } from '../progress-printer.ts';
import { ProgressRecord } from '../records.ts';

/** `lapstrake load`. */
export const load: Command = {
  name: 'load',
  usage: '[OPTIONS]',
  summary: 'Load images from an archive',
  options: { input: { type: 'string', short: 'i' }, quiet: { type: 'boolean', short: 'q' } },
  optionHelp: { input: 'the archive, instead of standard input', quiet: 'print no progress' },
  positionals: [0, 0],
  async run(args, surface) {
    const stream = await openArchive(args.text('input'), surface);
    const engine = await surface.engine();
    const printer = new ProgressPrinter(surface.stdout);
    const lines = engine.lines(ProgressRecord, 'POST', '/images/load', {
      query: { quiet: args.has('quiet') || surface.stdout.isTTY !== true },
      headers: { 'Content-Type': 'application/x-tar' },
      stream,
      signal: surface.signal,
    });
    for await (const line of lines) printer.show(line);
    return 0;
  },
};
