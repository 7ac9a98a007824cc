import { type Command, print } from '../command.ts';
import { eachOf } from '../each-of.ts';

/** `lapstrake rm`. */
export const rm: Command = {
  name: 'rm',
  usage: '[OPTIONS] CONTAINER...',
  summary: 'Remove containers',
  options: { force: { type: 'boolean', short: 'f' }, volumes: { type: 'boolean', short: 'v' } },
  optionHelp: { force: 'kill what runs', volumes: 'also remove its anonymous volumes' },
  positionals: [1, 999],
  async run(args, surface) {
    const engine = await surface.engine();
    return eachOf(args.positionals, surface, async (name) => {
      const query = { force: args.has('force'), v: args.has('volumes') };
      await engine.empty('DELETE', `/containers/${encodeURIComponent(name)}`, { query });
      print(surface.stdout, name);
    });
  },
};
