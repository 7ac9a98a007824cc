import uPlot from 'uplot';
import { element, themeColour } from '../dom.ts';
import type { Line } from './series.ts';

/** One line of a chart, as the legend names it. */
export interface Series {
  readonly name: string;
  /** A theme colour's variable, and what stands in for it. */
  readonly colour: readonly [string, string];
  readonly dash?: number[];
}

/** Seconds that a chart shows: at first few, so that the line is soon wide, then as many as there are. */
const LEAST = 60;
const MOST = 600;
const HEIGHT = 150;

/** A chart with its heading and the figures of this moment as text, for those who do not see the lines. */
export class Chart {
  readonly root = element('section', { class: 'chart' });
  readonly #current = element('span', { class: 'current' });
  readonly #plot = element('div', { class: 'plot', 'aria-hidden': 'true' });
  #chart: uPlot | undefined;
  #lines: readonly Line[] = [];

  constructor(
    private readonly title: string,
    private readonly series: readonly Series[],
    private readonly format: (value: number) => string,
    /** Least height of the axis, so that noise near zero looks like noise. */
    private readonly least: number,
  ) {
    const legend = series.length > 1 ? series.map((one) => swatch(one)) : [];
    this.root.append(element('header', {}, element('h2', {}, title), ...legend, this.#current), this.#plot);
    new ResizeObserver(() => this.#fit()).observe(this.#plot);
  }

  /** Draws the lines; one for each series, over the same times. */
  show(lines: readonly Line[], current: string): void {
    this.#lines = lines;
    this.#current.textContent = current;
    this.root.setAttribute('aria-label', `${this.title}: ${current}`);
    if (this.#chart === undefined) this.restyle();
    else this.#draw();
  }

  /** Draws anew with the theme's colours. */
  restyle(): void {
    this.#chart?.destroy();
    const ink = themeColour('--vscode-descriptionForeground', '#888');
    const grid = themeColour('--vscode-editorIndentGuide-background1', 'rgba(128,128,128,.2)');
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    this.#chart = new uPlot(
      {
        width: this.#plot.clientWidth || 300,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true, range: () => this.#window() },
          y: { range: (_, __, max) => [0, Math.max(this.least, (max ?? 0) * 1.15)] },
        },
        axes: [
          { ...axis, space: 70, size: 28, values: (_, ticks) => ticks.map(clock) },
          { ...axis, size: 62, values: (_, ticks) => ticks.map((tick) => this.format(tick)) },
        ],
        series: [
          {},
          ...this.series.map(({ colour, dash }, index) => {
            const stroke = themeColour(...colour);
            return {
              stroke,
              width: 1.5,
              points: { show: false },
              spanGaps: false,
              ...(index === 0 ? { fill: `color-mix(in srgb, ${stroke} 14%, transparent)` } : {}),
              ...(dash === undefined ? {} : { dash }),
            };
          }),
        ],
      },
      this.#data(),
      this.#plot,
    );
  }

  #draw(): void {
    this.#chart?.setData(this.#data());
  }

  #fit(): void {
    const width = this.#plot.clientWidth;
    if (width > 0) this.#chart?.setSize({ width, height: HEIGHT });
  }

  #data(): uPlot.AlignedData {
    return [[...(this.#lines[0]?.times ?? [])], ...this.#lines.map((line) => [...line.values])];
  }

  #window(): [number, number] {
    const times = this.#lines[0]?.times ?? [];
    const end = times.at(-1) ?? Date.now() / 1000;
    return [end - Math.min(MOST, Math.max(LEAST, end - (times[0] ?? end))), end];
  }
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour12: false });
}

function swatch({ name, dash }: Series): HTMLElement {
  return element('span', { class: dash === undefined ? 'swatch' : 'swatch second' }, name);
}
