import type { Command } from '../command.ts';

/** `lapstrake daemon`: its options are those of `lapstraked`, which reads them itself. */
export const daemon: Command = {
  name: 'daemon',
  usage: '[--host unix://PATH] [--root DIR] [OPTIONS]',
  summary: 'Run the engine until it is told to stop',
  options: {},
  optionHelp: {},
  positionals: [0, 0],
  async run(_args, surface) {
    // Loaded only here: no other command needs the engine's floors.
    const { runDaemon } = await import('../../daemon/run-daemon.ts');
    const at = process.argv.indexOf('daemon');
    return runDaemon(process.argv.slice(at + 1), surface.programs);
  },
};
