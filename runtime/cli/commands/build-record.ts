import { formatSize } from '../../../core/image/size.ts';
import { BuildRecord, type RecordedStep } from '../../../protocol/build-record.ts';
import { type Command, print } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, printListing, wantsJson } from '../output-format.ts';
import { cut } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const HEADER = ['STEP', 'LINE', 'TIME', 'SIZE', 'FILES', 'EXIT', 'CACHED', 'LAYER', 'INSTRUCTION'];

/** `lapstrake build-record`. */
export const buildRecord: Command = {
  name: 'build-record',
  usage: '[OPTIONS] IMAGE',
  summary: 'Show how an image was built: each instruction with its time, layer, cache key, inputs and output',
  options: { step: { type: 'string' }, 'no-trunc': { type: 'boolean' }, ...FORMAT_OPTION },
  optionHelp: {
    step: 'the number of one step, to be shown with its cache key, its inputs and what its command wrote',
    'no-trunc': 'print whole instructions',
    ...FORMAT_HELP,
  },
  positionals: [1, 1],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const { steps } = await engine.json(BuildRecord, 'GET', `/lapstrake/images/${args.positionals[0]}/build`);
    const number = args.text('step');
    if (number !== undefined) {
      const step = steps.find((each) => String(each.number) === number);
      if (step === undefined) throw new UsageError(`there is no step ${number}: it has ${steps.length} steps`);
      print(surface.stdout, json ? JSON.stringify(step) : describe(step));
      return 0;
    }
    const width = args.has('no-trunc') ? Number.POSITIVE_INFINITY : 50;
    const rows = steps.map((step) => [
      String(step.number),
      String(step.line),
      seconds(step.milliseconds),
      step.diffId === undefined ? '-' : formatSize(step.bytes),
      step.diffId === undefined ? '-' : String(step.files),
      step.exitCode === undefined ? '-' : String(step.exitCode),
      step.cached ? 'yes' : 'no',
      step.diffId?.slice(7, 19) ?? '-',
      cut(step.text, width),
    ]);
    printListing(surface.stdout, { header: HEADER, rows, values: steps }, json);
    return 0;
  },
};

function describe({ text, line, key, inputs, log }: RecordedStep): string {
  const lines = [`line ${line}: ${text}`, `cache key: ${key ?? 'unknown'}`];
  for (const { kind, name, label, value } of inputs) lines.push(`  ${kind} ${label ?? name}: ${value}`);
  return [...lines, ...(log === '' ? [] : ['output:', log.replace(/\n$/, '')])].join('\n');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)}s`;
}
