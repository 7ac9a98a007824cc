import { formatSize } from '../../../core/image/size.ts';
import type { Arguments } from '../arguments.ts';
import { type Command, print, type Surface } from '../command.ts';
import { describePlan, stepRecords } from '../describe-plan.ts';
import { complaintLine } from '../dockerfile-complaints.ts';
import { FORMAT_HELP, FORMAT_OPTION, wantsJson } from '../output-format.ts';
import { dockerfileAt, planLayers } from '../planned-layers.ts';
import { Layers } from '../records.ts';
import { cut, formatTable } from '../table.ts';

const HEADER = ['LAYER', 'SIZE', 'FILES', 'WASTED', 'CREATED BY'];

/** `lapstrake layers`. */
export const layers: Command = {
  name: 'layers',
  usage: '[OPTIONS] IMAGE|FOLDER|DOCKERFILE',
  summary: 'Show what each step of an image brought, or what each instruction of a Dockerfile will bring',
  options: { 'no-trunc': { type: 'boolean' }, ...FORMAT_OPTION },
  optionHelp: { 'no-trunc': 'print whole commands', ...FORMAT_HELP },
  positionals: [1, 1],
  async run(args, surface) {
    const [subject = ''] = args.positionals;
    const dockerfile = await dockerfileAt(subject);
    return dockerfile === undefined ? imageLayers(subject, args, surface) : futureLayers(dockerfile, args, surface);
  },
};

async function imageLayers(image: string, args: Arguments, surface: Surface): Promise<number> {
  const json = wantsJson(args);
  const engine = await surface.engine();
  const listing = await engine.json(Layers, 'GET', `/lapstrake/images/${image}/layers`);
  if (json) for (const row of listing.rows) print(surface.stdout, JSON.stringify(row));
  else print(surface.stdout, describeLayers(listing, widthOf(args)));
  return 0;
}

/** Ends with 1 where the Dockerfile cannot be built; what is wrong with it is told on stderr. */
async function futureLayers(dockerfile: string, args: Arguments, surface: Surface): Promise<number> {
  const json = wantsJson(args);
  const planned = await planLayers(dockerfile, surface.signal);
  if (json) for (const record of stepRecords(planned.plan)) print(surface.stdout, JSON.stringify(record));
  else print(surface.stdout, describePlan(planned, widthOf(args)));
  for (const complaint of planned.complaints) print(surface.stderr, complaintLine(dockerfile, complaint));
  return planned.complaints.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function widthOf(args: Arguments): number {
  return args.has('no-trunc') ? Number.POSITIVE_INFINITY : 80;
}

/** The table of an image's steps, lowest first, and dive's figures below it. */
export function describeLayers(listing: Layers, width: number): string {
  const rows = listing.rows.map((row) => {
    const made = row.diffId !== undefined;
    return [
      made ? (row.diffId ?? '').slice(7, 19) : '-',
      made ? formatSize(row.bytes) : '-',
      made ? String(row.fileCount ?? '') : '-',
      row.wasted === undefined || row.wasted === 0 ? '-' : formatSize(row.wasted),
      cut(row.instruction.replace(/\s+/g, ' ').trim(), width),
    ];
  });
  const own = `${formatSize(listing.wastedBytes)} wasted, ${(listing.wastedUserPercent * 100).toFixed(1)}% of what stands on the lowest layer`;
  const total = `${formatSize(listing.size)} in all, efficiency ${(listing.efficiency * 100).toFixed(1)}%, ${own}`;
  return `${formatTable(HEADER, rows)}\n${total}`;
}
