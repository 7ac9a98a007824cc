import { expect, it } from 'vitest';
import { rowsOf } from './read.ts';

const layer = (digit: string) => `sha256:${digit.repeat(64)}`;
const history = [
  { Id: 'sha256:1', Created: 3, CreatedBy: '/bin/sh -c #(nop)  CMD ["sh"]', Size: 0, Comment: '' },
  { Id: '<missing>', Created: 2, CreatedBy: '/bin/sh -c npm install', Size: 70, Comment: '' },
  { Id: '<missing>', Created: 1, CreatedBy: '/bin/sh -c #(nop) ADD file:ab in / ', Size: 30, Comment: '' },
];

it('gives the steps lowest first, each layer with the step that holds bytes', () => {
  expect(rowsOf(history, [layer('a'), layer('b')])).toEqual([
    { instruction: 'ADD file:ab in /', bytes: 30, created: 1, diffId: layer('a') },
    { instruction: 'RUN npm install', bytes: 70, created: 2, diffId: layer('b') },
    { instruction: 'CMD ["sh"]', bytes: 0, created: 3 },
  ]);
});

it('claims no layer for a step where their numbers differ: an empty layer is none the less a layer', () => {
  expect(rowsOf(history, [layer('a'), layer('b'), layer('c')]).map((row) => row.diffId)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
