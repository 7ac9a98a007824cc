import { Writable } from 'node:stream';
import { type Command, print } from '../command.ts';
import { pullImage } from '../pull-image.ts';

/** `lapstrake pull`. */
export const pull: Command = {
  name: 'pull',
  usage: '[OPTIONS] IMAGE',
  summary: 'Download an image from a registry',
  options: { platform: { type: 'string' }, quiet: { type: 'boolean', short: 'q' } },
  optionHelp: { platform: 'another platform than this machine’s, such as linux/arm64', quiet: 'print the name only' },
  positionals: [1, 1],
  async run(args, surface) {
    const engine = await surface.engine();
    const { signal } = surface;
    const out = args.has('quiet') ? new Writable({ write: (_chunk, _encoding, done) => done() }) : surface.stdout;
    const name = await pullImage(engine, args.positionals[0] ?? '', out, { platform: args.text('platform'), signal });
    print(surface.stdout, name);
    return 0;
  },
};
