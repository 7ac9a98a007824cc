import type { Command } from '../command.ts';

/** `lapstrake tag`. */
export const tag: Command = {
  name: 'tag',
  usage: 'IMAGE REPOSITORY[:TAG]',
  summary: 'Give an image another name',
  options: {},
  optionHelp: {},
  positionals: [2, 2],
  async run(args, surface) {
    const [image, repo] = args.positionals;
    const engine = await surface.engine();
    await engine.empty('POST', `/images/${image}/tag`, { query: { repo } });
    return 0;
  },
};
