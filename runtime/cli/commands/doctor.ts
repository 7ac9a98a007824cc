import { type Command, print } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, wantsJson } from '../output-format.ts';
import { Doctor } from '../records.ts';

/** `lapstrake doctor`. */
export const doctor: Command = {
  name: 'doctor',
  usage: '[OPTIONS]',
  summary: 'Say which drivers this machine gets, why, and what would add more',
  options: FORMAT_OPTION,
  optionHelp: FORMAT_HELP,
  positionals: [0, 0],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const report = await engine.json(Doctor, 'GET', '/lapstrake/doctor');
    if (json) {
      print(surface.stdout, JSON.stringify(report));
      return 0;
    }
    print(surface.stdout, `engine at unix://${engine.socket}, data in ${report.root}`);
    const width = Math.max(...report.rows.map(({ floor }) => floor.length));
    for (const { floor, choice, reason, notes } of report.rows) {
      print(surface.stdout, `${floor.padEnd(width)}  ${choice}: ${reason}`);
      for (const note of notes) print(surface.stdout, `${' '.repeat(width)}  - ${note}`);
    }
    return 0;
  },
};
