import { type Command, print } from '../command.ts';
import { eachOf } from '../each-of.ts';

/** `lapstrake stop`. */
export const stop: Command = {
  name: 'stop',
  usage: '[OPTIONS] CONTAINER...',
  summary: 'Stop containers',
  options: { time: { type: 'string', short: 't' }, signal: { type: 'string', short: 's' } },
  optionHelp: { time: 'seconds until it is killed', signal: 'the signal that asks it to end' },
  positionals: [1, 999],
  async run(args, surface) {
    const engine = await surface.engine();
    return eachOf(args.positionals, surface, async (name) => {
      const query = { t: args.text('time'), signal: args.text('signal') };
      await engine.empty('POST', `/containers/${encodeURIComponent(name)}/stop`, { query });
      print(surface.stdout, name);
    });
  },
};
