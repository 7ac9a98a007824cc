import { ago } from '../ago.ts';
import { type Command, print } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, printListing, wantsJson } from '../output-format.ts';
import { ContainerList, type Port } from '../records.ts';
import { cut } from '../table.ts';

const HEADER = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'];

/** `lapstrake ps`. */
export const ps: Command = {
  name: 'ps',
  usage: '[OPTIONS]',
  summary: 'List containers',
  options: {
    all: { type: 'boolean', short: 'a' },
    quiet: { type: 'boolean', short: 'q' },
    'no-trunc': { type: 'boolean' },
    filter: { type: 'string', short: 'f', multiple: true },
    ...FORMAT_OPTION,
  },
  optionHelp: {
    all: 'also containers that do not run',
    quiet: 'print IDs only',
    'no-trunc': 'print whole IDs and commands',
    filter: 'NAME=VALUE, such as status=exited',
    ...FORMAT_HELP,
  },
  positionals: [0, 0],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const list = await engine.json(ContainerList, 'GET', '/containers/json', {
      query: { all: args.has('all'), filters: filtersOf(args.texts('filter')) },
    });
    const whole = args.has('no-trunc');
    const id = (full: string): string => (whole ? full : full.slice(0, 12));
    if (args.has('quiet')) {
      for (const container of list) print(surface.stdout, id(container.Id));
      return 0;
    }
    const rows = list.map((container) => [
      id(container.Id),
      container.Image,
      `"${whole ? container.Command : cut(container.Command, 20)}"`,
      ago(container.Created, surface.now()),
      container.Status,
      formatPorts(container.Ports),
      container.Names.map((name) => name.replace(/^\//, '')).join(','),
    ]);
    printListing(surface.stdout, { header: HEADER, rows, values: list }, json);
    return 0;
  },
};

/** `0.0.0.0:8080->80/tcp, 443/tcp`. */
export function formatPorts(ports: readonly Port[]): string {
  return ports
    .map(({ IP, PrivatePort, PublicPort, Type }) => {
      const host = IP.includes(':') ? `[${IP}]` : IP;
      return `${PublicPort === 0 ? '' : `${host}:${PublicPort}->`}${PrivatePort}/${Type}`;
    })
    .sort()
    .join(', ');
}

function filtersOf(texts: readonly string[]): string | undefined {
  if (texts.length === 0) return undefined;
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const [name = '', ...value] = text.split('=');
    filters[name] = [...(filters[name] ?? []), value.join('=')];
  }
  return JSON.stringify(filters);
}
