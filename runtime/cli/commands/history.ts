import { formatSize } from '../../../core/image/size.ts';
import { ago } from '../ago.ts';
import { type Command, print } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, printListing, wantsJson } from '../output-format.ts';
import { History } from '../records.ts';
import { cut } from '../table.ts';

const HEADER = ['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'];

/** `lapstrake history`. */
export const history: Command = {
  name: 'history',
  usage: '[OPTIONS] IMAGE',
  summary: 'List the steps that an image was made in',
  options: { quiet: { type: 'boolean', short: 'q' }, 'no-trunc': { type: 'boolean' }, ...FORMAT_OPTION },
  optionHelp: { quiet: 'print IDs only', 'no-trunc': 'print whole IDs and commands', ...FORMAT_HELP },
  positionals: [1, 1],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const steps = await engine.json(History, 'GET', `/images/${args.positionals[0]}/history`);
    const whole = args.has('no-trunc');
    const id = (full: string): string => (whole || !full.startsWith('sha256:') ? full : full.slice(7, 19));
    if (args.has('quiet')) {
      for (const { Id } of steps) print(surface.stdout, id(Id));
      return 0;
    }
    const rows = steps.map(({ Id, Created, CreatedBy, Size, Comment }) => [
      id(Id),
      ago(Created, surface.now()),
      whole ? CreatedBy : cut(CreatedBy.replaceAll('\t', ' '), 45),
      formatSize(Size),
      Comment,
    ]);
    printListing(surface.stdout, { header: HEADER, rows, values: steps }, json);
    return 0;
  },
};
