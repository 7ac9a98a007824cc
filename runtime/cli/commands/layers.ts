import { formatSize } from '../../../core/image/size.ts';
import { type Command, print } from '../command.ts';
import { FORMAT_HELP, FORMAT_OPTION, wantsJson } from '../output-format.ts';
import { Layers } from '../records.ts';
import { cut, formatTable } from '../table.ts';

const HEADER = ['LAYER', 'SIZE', 'FILES', 'WASTED', 'CREATED BY'];

/** `lapstrake layers`. */
export const layers: Command = {
  name: 'layers',
  usage: '[OPTIONS] IMAGE',
  summary: 'Show what each step of an image brought, and what of it is wasted',
  options: { 'no-trunc': { type: 'boolean' }, ...FORMAT_OPTION },
  optionHelp: { 'no-trunc': 'print whole commands', ...FORMAT_HELP },
  positionals: [1, 1],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const [image = ''] = args.positionals;
    const listing = await engine.json(Layers, 'GET', `/lapstrake/images/${image}/layers`);
    if (json) for (const row of listing.rows) print(surface.stdout, JSON.stringify(row));
    else print(surface.stdout, describeLayers(listing, args.has('no-trunc') ? Number.POSITIVE_INFINITY : 80));
    return 0;
  },
};

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
