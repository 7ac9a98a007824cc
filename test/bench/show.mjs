// Shows what engines took, and how ours stands to its peers.
import { heading } from '../../scripts/setup/say.mjs';
import { ms } from './figures.mjs';
import { table } from './table.mjs';

/**
 * @param {readonly { engine: string }[]} figures a row each, ours first, with a number for each column
 * @param {readonly string[]} columns
 * @param {(value: number) => string} unit writes a figure for people
 */
export function show(title, figures, columns, unit = ms) {
  heading(title);
  const [ours, ...peers] = figures;
  table([
    ['engine', ...columns],
    ...figures.map((each) => [each.engine, ...columns.map((column) => unit(each[column]))]),
    ...peers.map((peer) => [
      `${ours.engine} / ${peer.engine}`,
      ...columns.map((column) => (ours[column] / peer[column]).toFixed(2)),
    ]),
  ]);
}
