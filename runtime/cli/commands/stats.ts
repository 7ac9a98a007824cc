import { formatMemory, formatSize } from '../../../core/image/size.ts';
import { type Command, print, type Surface } from '../command.ts';
import type { EngineClient } from '../engine-client.ts';
import { FORMAT_HELP, FORMAT_OPTION, printListing, wantsJson } from '../output-format.ts';
import { ContainerList, Stats } from '../records.ts';
import { type StatsFigures, statsFigures } from '../stats-figures.ts';
import { formatTable } from '../table.ts';

const HEADER = ['CONTAINER ID', 'NAME', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'NET I/O', 'BLOCK I/O', 'PIDS'];

/** `lapstrake stats`. */
export const stats: Command = {
  name: 'stats',
  usage: '[OPTIONS] [CONTAINER...]',
  summary: 'Show what containers use of CPU, memory, network and disks',
  options: { 'no-stream': { type: 'boolean' }, ...FORMAT_OPTION },
  optionHelp: { 'no-stream': 'print once and end', ...FORMAT_HELP },
  positionals: [0, 999],
  async run(args, surface) {
    const json = wantsJson(args);
    const engine = await surface.engine();
    const names = args.positionals.length > 0 ? args.positionals : await running(engine);
    if (args.has('no-stream')) {
      const figures = await Promise.all(names.map((name) => once(engine, name)));
      printListing(surface.stdout, { header: HEADER, rows: figures.map(row), values: figures }, json);
      return 0;
    }
    await follow(engine, names, surface, json);
    return surface.signal.aborted ? 130 : 0;
  },
};

async function running(engine: EngineClient): Promise<string[]> {
  return (await engine.json(ContainerList, 'GET', '/containers/json')).map(({ Id }) => Id);
}

async function once(engine: EngineClient, name: string): Promise<StatsFigures> {
  const path = `/containers/${encodeURIComponent(name)}/stats`;
  const figures = statsFigures(await engine.json(Stats, 'GET', path, { query: { stream: '0' } }));
  if (figures === undefined) throw new Error(`the engine's figures of ${name} cannot be read`);
  return figures;
}

/** Prints figures as they come: JSON lines, or a table that stays in its place. */
async function follow(engine: EngineClient, names: readonly string[], surface: Surface, json: boolean): Promise<void> {
  const latest = new Map<string, StatsFigures>();
  const show = (): void => {
    const table = formatTable(HEADER, [...latest.values()].map(row));
    if (surface.stdout.isTTY === true) surface.stdout.write(`\x1b[H\x1b[2J${table}\n`);
    else print(surface.stdout, table);
  };
  const ends = names.map(async (name) => {
    try {
      const path = `/containers/${encodeURIComponent(name)}/stats`;
      for await (const record of engine.lines(Stats, 'GET', path, { signal: surface.signal })) {
        const figures = statsFigures(record);
        if (figures === undefined) continue;
        latest.set(name, figures);
        if (json) print(surface.stdout, JSON.stringify(figures));
        else show();
      }
    } catch (error) {
      if (!surface.signal.aborted) throw error;
    } finally {
      latest.delete(name);
    }
  });
  await Promise.all(ends);
}

function row(figures: StatsFigures): string[] {
  return [
    figures.id,
    figures.name,
    `${figures.cpuPercent.toFixed(2)}%`,
    `${formatMemory(figures.memory)} / ${formatMemory(figures.memoryLimit)}`,
    `${figures.memoryPercent.toFixed(2)}%`,
    `${formatSize(figures.received)} / ${formatSize(figures.sent)}`,
    `${formatSize(figures.blockRead)} / ${formatSize(figures.blockWritten)}`,
    String(figures.processes),
  ];
}
