import { checkOutput, OUTPUT_HELP, OUTPUT_OPTION, writeArchive } from '../archive-output.ts';
import type { Command } from '../command.ts';

/** `lapstrake save`. */
export const save: Command = {
  name: 'save',
  usage: '[OPTIONS] IMAGE...',
  summary: 'Save images to an archive',
  options: OUTPUT_OPTION,
  optionHelp: OUTPUT_HELP,
  positionals: [1, 999],
  async run(args, surface) {
    const file = args.text('output');
    await checkOutput(file, surface);
    const engine = await surface.engine();
    const query = { names: args.positionals };
    await writeArchive(await engine.send('GET', '/images/get', { query, signal: surface.signal }), file, surface);
    return 0;
  },
};
