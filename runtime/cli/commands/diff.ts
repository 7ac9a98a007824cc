import { type Command, print } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, wantsJson } from '../output-format.ts';
import { Changes } from '../records.ts';

/** By the numbers of the API. */
const KINDS: readonly string[] = ['C', 'A', 'D'];

/** `lapstrake diff`. */
export const diff: Command = {
  name: 'diff',
  usage: '[OPTIONS] CONTAINER',
  summary: 'List what a container has added (A), changed (C) and deleted (D)',
  options: FORMAT_OPTION,
  optionHelp: FORMAT_HELP,
  positionals: [1, 1],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const { signal } = surface;
    const changes = await engine.json(Changes, 'GET', `/containers/${args.positionals[0]}/changes`, { signal });
    for (const change of changes ?? []) {
      print(surface.stdout, json ? JSON.stringify(change) : `${KINDS[change.Kind] ?? '?'} ${change.Path}`);
    }
    return 0;
  },
};
