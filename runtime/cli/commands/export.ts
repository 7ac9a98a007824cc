import { checkOutput, OUTPUT_HELP, OUTPUT_OPTION, writeArchive } from '../archive-output.ts';
import type { Command } from '../command.ts';

/** `lapstrake export`. */
export const exportContainer: Command = {
  name: 'export',
  usage: '[OPTIONS] CONTAINER',
  summary: 'Write a container’s files to an archive',
  options: OUTPUT_OPTION,
  optionHelp: OUTPUT_HELP,
  positionals: [1, 1],
  async run(args, surface) {
    const file = args.text('output');
    await checkOutput(file, surface);
    const engine = await surface.engine();
    const path = `/containers/${args.positionals[0]}/export`;
    await writeArchive(await engine.send('GET', path, { signal: surface.signal }), file, surface);
    return 0;
  },
};
