import { Writable } from 'node:stream';
import { type Command, print } from '../command.ts';
import { pullImage } from '../pull-image.ts';
import { accountHeaders } from '../registry-account.ts';

/** `lapstrake pull`. */
export const pull: Command = {
  name: 'pull',
  usage: '[OPTIONS] IMAGE',
  summary: 'Download an image from a registry',
  options: {
    'all-tags': { type: 'boolean', short: 'a' },
    platform: { type: 'string' },
    quiet: { type: 'boolean', short: 'q' },
  },
  optionHelp: {
    'all-tags': 'pull every tag of the repository',
    platform: 'another platform than this machine’s, such as linux/arm64',
    quiet: 'print the name only',
  },
  positionals: [1, 1],
  async run(args, surface) {
    const engine = await surface.engine();
    const { signal } = surface;
    const out = args.has('quiet') ? new Writable({ write: (_chunk, _encoding, done) => done() }) : surface.stdout;
    const [image = ''] = args.positionals;
    const tags = args.has('all-tags') ? 'all' : 'one';
    const account = (domain: string) => accountHeaders(surface, domain);
    const name = await pullImage(engine, image, out, { platform: args.text('platform'), tags, account, signal });
    print(surface.stdout, name);
    return 0;
  },
};
