import 'uplot/dist/uPlot.min.css';
import '../page.css';
import './page.css';
import { formatSize } from '../../core/image/size.ts';
import type { StatsSample } from '../../protocol/engine/stats-sample.ts';
import type { FromStatsPage, ToStatsPage } from '../../protocol/webviews.ts';
import { element, onThemeChange } from '../dom.ts';
import { Host } from '../host.ts';
import { Chart } from './chart.ts';
import { levels, rates } from './series.ts';

/** Samples that the page keeps: as many as the host. */
const KEPT = 600;

const BLUE = ['--vscode-charts-blue', '#3794ff'] as const;
const PURPLE = ['--vscode-charts-purple', '#b180d7'] as const;
const GREEN = ['--vscode-charts-green', '#89d185'] as const;
const ORANGE = ['--vscode-charts-orange', '#d18616'] as const;

const host = new Host<ToStatsPage, FromStatsPage>();
const heading = element('h1', {}, 'Stats');
const subtitle = element('p', { class: 'subtitle' });
const banner = element('p', { class: 'banner', role: 'status' });
const rate = (value: number) => `${formatSize(Math.round(value))}/s`;
const charts = {
  cpu: new Chart('CPU', [{ name: 'CPU', colour: BLUE }], (value) => `${Number(value.toFixed(1))}%`, 5),
  memory: new Chart('Memory', [{ name: 'Memory', colour: PURPLE }], (value) => formatSize(Math.round(value)), 1e6),
  network: new Chart(
    'Network',
    [
      { name: 'received', colour: GREEN },
      { name: 'sent', colour: ORANGE, dash: [5, 3] },
    ],
    rate,
    1000,
  ),
  block: new Chart(
    'Block I/O',
    [
      { name: 'read', colour: GREEN },
      { name: 'written', colour: ORANGE, dash: [5, 3] },
    ],
    rate,
    1000,
  ),
};
const COLUMNS = [
  'CPU',
  'Memory',
  'Limit',
  'Memory %',
  'Net received',
  'Net sent',
  'Block read',
  'Block written',
  'Processes',
];
const cells = COLUMNS.map(() => element('td', { class: 'number' }, '–'));
const table = element(
  'table',
  { class: 'figures', 'aria-label': 'Current figures' },
  element(
    'thead',
    {},
    element('tr', {}, ...COLUMNS.map((name) => element('th', { class: 'number', scope: 'col' }, name))),
  ),
  element('tbody', {}, element('tr', {}, ...cells)),
);

let samples: StatsSample[] = [];

document
  .querySelector('#page')
  ?.append(
    heading,
    subtitle,
    banner,
    table,
    element('div', { class: 'charts' }, ...Object.values(charts).map((chart) => chart.root)),
  );
banner.textContent = 'Waiting for the first figures…';
onThemeChange(() => {
  for (const chart of Object.values(charts)) chart.restyle();
});
host.listen((message) => {
  switch (message.type) {
    case 'container':
      heading.textContent = message.name;
      subtitle.textContent = `${message.image} · ${message.id.slice(0, 12)}`;
      return host.remember({ id: message.id, name: message.name, image: message.image });
    case 'history':
      samples = [...message.samples];
      return draw();
    case 'sample':
      samples.push(message.sample);
      if (samples.length > KEPT) samples.shift();
      banner.hidden = true;
      return draw();
    case 'paused':
      banner.textContent = message.reason;
      banner.hidden = false;
  }
});
host.send({ type: 'ready' });

function draw(): void {
  const now = samples.at(-1);
  if (now === undefined) return;
  const received = rates(samples, (sample) => sample.received);
  const sent = rates(samples, (sample) => sample.sent);
  const read = rates(samples, (sample) => sample.blockRead);
  const written = rates(samples, (sample) => sample.blockWritten);
  const last = (values: readonly (number | null)[]) => rate(values.at(-1) ?? 0);
  const share = now.memoryLimit > 0 ? `${((now.memory / now.memoryLimit) * 100).toFixed(2)}%` : '–';
  charts.cpu.show([levels(samples, (sample) => sample.cpuPercent)], percent(now.cpuPercent));
  charts.memory.show([levels(samples, (sample) => sample.memory)], formatSize(now.memory));
  charts.network.show([received, sent], `${last(received.values)} in, ${last(sent.values)} out`);
  charts.block.show([read, written], `${last(read.values)} read, ${last(written.values)} written`);
  const figures = [
    percent(now.cpuPercent),
    formatSize(now.memory),
    now.memoryLimit > 0 ? formatSize(now.memoryLimit) : 'none',
    share,
    formatSize(now.received),
    formatSize(now.sent),
    formatSize(now.blockRead),
    formatSize(now.blockWritten),
    String(now.processes),
  ];
  figures.forEach((figure, index) => {
    const cell = cells[index];
    if (cell !== undefined && cell.textContent !== figure) cell.textContent = figure;
  });
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}
