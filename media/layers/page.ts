import '../page.css';
import './page.css';
import { formatSize } from '../../core/image/size.ts';
import type { FromLayersPage, LayerFile, LayerRow, LayersOfImage, ToLayersPage } from '../../protocol/webviews.ts';
import { element } from '../dom.ts';
import { Host } from '../host.ts';

/** Files shown of one layer; the rest is counted. */
const SHOWN = 500;
const MARKS = { added: '+', modified: '±', deleted: '−' } as const;

const HIDDEN = { overwritten: ' overwritten by a higher layer', deleted: ' deleted by a higher layer' } as const;

const host = new Host<ToLayersPage, FromLayersPage>();
const page = document.querySelector('#page') ?? document.body;
/** Rows that the user opened, by their place: kept when the figures are renewed. */
const opened = new Set<number>();

page.append(element('p', { class: 'note', role: 'status' }, 'Reading the layers…'));
host.listen((message) => {
  if (message.type === 'failed')
    page.replaceChildren(
      element('h1', {}, 'Layers'),
      element('p', { class: 'banner', role: 'alert' }, message.message),
    );
  else show(message.layers);
});
host.send({ type: 'ready' });

function show(layers: LayersOfImage): void {
  host.remember({ reference: layers.reference });
  const made = layers.rows.filter((row) => row.bytes > 0 || row.diffId !== undefined).length;
  const largest = Math.max(1, ...layers.rows.map((row) => row.bytes));
  const rows = layers.rows.flatMap((row, index) => layerRows(row, index, largest));
  const detailed = layers.rows.some((row) => row.files !== undefined || row.diffId !== undefined);
  const head = ['Size', '', 'Instruction', ...(detailed ? ['Files', 'Layer'] : [])].map((name, index) =>
    element('th', { scope: 'col', ...(index === 0 || index === 3 ? { class: 'number' } : {}) }, name),
  );
  page.replaceChildren(
    element('h1', {}, `Layers of ${layers.reference}`),
    element(
      'p',
      { class: 'subtitle' },
      `${formatSize(layers.size)} in ${made} ${made === 1 ? 'layer' : 'layers'}, lowest first${waste(layers)} · `,
      copyable(layers.id, layers.id.slice(0, 19)),
    ),
    ...(layers.note === undefined ? [] : [element('p', { class: 'note' }, layers.note)]),
    element(
      'table',
      { class: 'layers', 'aria-label': `Layers of ${layers.reference}` },
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows),
    ),
  );
}

function waste({ wasted }: LayersOfImage): string {
  if (wasted === undefined || wasted.bytes === 0) return '';
  return ` · ${formatSize(wasted.bytes)} hidden by higher layers (${Math.round(wasted.efficiency * 100)}% in use)`;
}

function layerRows(row: LayerRow, index: number, largest: number): HTMLElement[] {
  const { instruction } = row;
  const makesLayer = row.bytes > 0 || row.diffId !== undefined;
  const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.width = `${Math.max(row.bytes > 0 ? 1 : 0, (row.bytes / largest) * 100)}%`;
  if (row.wasted !== undefined && row.wasted > 0 && row.bytes > 0) {
    const part = element('div', { class: 'wasted', title: `${formatSize(row.wasted)} hidden by higher layers` });
    part.style.width = `${Math.min(100, (row.wasted / row.bytes) * 100)}%`;
    bar.append(part);
  }
  const main = element(
    'tr',
    makesLayer ? {} : { class: 'metadata' },
    element('td', { class: 'number' }, makesLayer ? formatSize(row.bytes) : 'metadata'),
    element('td', { class: 'bars' }, bar),
    element(
      'td',
      {},
      instruction === ''
        ? element('span', { class: 'note' }, '(no instruction recorded)')
        : element('code', {}, instruction),
    ),
    element('td', { class: 'number' }),
    element('td', {}, row.diffId === undefined ? '' : copyable(row.diffId, row.diffId.slice(7, 19))),
  );
  const { files } = row;
  if (files === undefined || files.length === 0) return [main];
  const list = filesRow(files, row.fileCount ?? files.length);
  const toggle = element(
    'button',
    { class: 'plain link', 'aria-expanded': 'false' },
    (row.fileCount ?? files.length).toLocaleString(),
  );
  const set = (open: boolean) => {
    list.hidden = !open;
    toggle.setAttribute('aria-expanded', String(open));
    toggle.setAttribute('aria-label', `${open ? 'Hide' : 'Show'} the files of “${row.instruction}”`);
    if (open) opened.add(index);
    else opened.delete(index);
  };
  toggle.addEventListener('click', () => set(list.hidden !== false));
  set(opened.has(index));
  main.children[3]?.append(toggle);
  return [main, list];
}

function filesRow(files: readonly LayerFile[], count: number): HTMLElement {
  const shown = files
    .slice(0, SHOWN)
    .map((file) =>
      element(
        'tr',
        { class: file.change },
        element('td', { class: 'mark', title: file.change, 'aria-label': file.change }, MARKS[file.change]),
        element('td', { class: 'number' }, file.change === 'deleted' ? '' : formatSize(file.bytes)),
        element(
          'td',
          { class: 'mono path' },
          file.path,
          ...(file.hidden === undefined ? [] : [element('span', { class: 'note' }, HIDDEN[file.hidden])]),
        ),
      ),
    );
  const rest = count - shown.length;
  const more =
    rest > 0
      ? [
          element(
            'tr',
            {},
            element('td', {}),
            element('td', {}),
            element('td', { class: 'note' }, `and ${rest.toLocaleString()} more`),
          ),
        ]
      : [];
  const table = element('table', { class: 'files', 'aria-label': 'Files' }, element('tbody', {}, ...shown, ...more));
  return element('tr', { class: 'detail' }, element('td', { colspan: '2' }), element('td', { colspan: '3' }, table));
}

function copyable(full: string, shown: string): HTMLElement {
  const button = element('button', { class: 'plain mono', title: `Copy ${full}` }, shown);
  button.addEventListener('click', () => host.send({ type: 'copy', text: full }));
  return button;
}
