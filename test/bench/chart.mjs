// Draws lines as a chart that Markdown shows (mermaid's xychart), with the figures in a table for those who cannot see it.
import { table } from './table.mjs';

/**
 * @param {readonly (string | number)[]} ticks what the figures of a line belong to
 * @param {string} unit of the figures
 * @param {ReadonlyMap<string, readonly number[]>} lines by their names
 */
export function chart(title, ticks, unit, lines) {
  const names = [...lines.keys()];
  console.log('```mermaid\nxychart-beta');
  console.log(`  title "${title} (${names.join(', ')})"`);
  console.log(`  x-axis [${ticks.join(', ')}]`);
  console.log(`  y-axis "${unit}" 0 --> ${Math.ceil(Math.max(...[...lines.values()].flat()))}`);
  for (const figures of lines.values()) console.log(`  line [${figures.map(written).join(', ')}]`);
  console.log('```');
  table([['', ...ticks.map(String)], ...[...lines].map(([name, figures]) => [name, ...figures.map(written)])]);
}

const written = (value) => value.toFixed(value < 100 ? 1 : 0);
