import { type Command, print } from '../command.ts';
import { Committed } from '../records.ts';

/** `lapstrake commit`. */
export const commit: Command = {
  name: 'commit',
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  summary: 'Make an image of what a container has changed',
  options: {
    author: { type: 'string', short: 'a' },
    change: { type: 'string', short: 'c', multiple: true },
    message: { type: 'string', short: 'm' },
    'no-pause': { type: 'boolean' },
  },
  optionHelp: {
    author: 'who made it',
    change: 'a Dockerfile instruction for the image’s config, may be repeated',
    message: 'what the image’s history says of it',
    'no-pause': 'let the container run meanwhile',
  },
  positionals: [1, 2],
  async run(args, surface) {
    const [container, repo] = args.positionals;
    const engine = await surface.engine();
    const { Id } = await engine.json(Committed, 'POST', '/commit', {
      query: {
        container,
        repo,
        author: args.text('author'),
        comment: args.text('message'),
        changes: args.texts('change'),
        pause: args.has('no-pause') ? '0' : '1',
      },
      signal: surface.signal,
    });
    print(surface.stdout, Id);
    return 0;
  },
};
