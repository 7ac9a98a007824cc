import type { Command } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, printListing, wantsJson } from '../output-format.ts';
import { TopResult } from '../records.ts';

/** `lapstrake top`. */
export const top: Command = {
  name: 'top',
  usage: '[OPTIONS] CONTAINER [PS OPTIONS]',
  summary: 'List the processes of a container',
  options: FORMAT_OPTION,
  optionHelp: FORMAT_HELP,
  stopAtFirst: true,
  positionals: [1, 99],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const [container = '', ...psArgs] = args.positionals;
    const result = await engine.json(TopResult, 'GET', `/containers/${encodeURIComponent(container)}/top`, {
      query: { ps_args: psArgs.length === 0 ? undefined : psArgs.join(' ') },
    });
    const values = result.Processes.map((row) => Object.fromEntries(result.Titles.map((title, i) => [title, row[i]])));
    printListing(surface.stdout, { header: result.Titles, rows: result.Processes, values }, json);
    return 0;
  },
};
