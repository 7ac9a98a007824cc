import { formatSize } from '../../../core/image/size.ts';
import { ago } from '../ago.ts';
import { type Command, print } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, printListing, wantsJson } from '../output-format.ts';
import { ImageList } from '../records.ts';

/** `lapstrake images`. */
export const images: Command = {
  name: 'images',
  usage: '[OPTIONS] [REFERENCE]',
  summary: 'List images',
  options: {
    all: { type: 'boolean', short: 'a' },
    quiet: { type: 'boolean', short: 'q' },
    'no-trunc': { type: 'boolean' },
    ...FORMAT_OPTION,
  },
  optionHelp: {
    all: 'also images that are only parents of others',
    quiet: 'print IDs only',
    'no-trunc': 'print whole IDs',
    ...FORMAT_HELP,
  },
  positionals: [0, 1],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const [reference] = args.positionals;
    const filters = reference === undefined ? undefined : JSON.stringify({ reference: [reference] });
    const list = await engine.json(ImageList, 'GET', '/images/json', { query: { all: args.has('all'), filters } });
    const id = (full: string): string => (args.has('no-trunc') ? full : full.slice(7, 19));
    if (args.has('quiet')) {
      for (const image of list) print(surface.stdout, id(image.Id));
      return 0;
    }
    const rows = list.flatMap((image) => {
      const names = image.RepoTags.length > 0 ? image.RepoTags : ['<none>:<none>'];
      return names.map((name) => {
        const colon = name.lastIndexOf(':');
        const created = ago(image.Created, surface.now());
        return [name.slice(0, colon), name.slice(colon + 1), id(image.Id), created, formatSize(image.Size)];
      });
    });
    const header = ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE'];
    printListing(surface.stdout, { header, rows, values: list }, json);
    return 0;
  },
};
