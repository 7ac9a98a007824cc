import { expect, it } from 'vitest';
import { instructionText, layersOfHistory } from './history.ts';

it.each([
  ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
  ['/bin/sh -c npm install', 'RUN npm install'],
  ['|1 WHO=world /bin/sh -c echo hello $WHO > /hello', 'RUN echo hello $WHO > /hello'],
  ['RUN /bin/sh -c npm install # buildkit', 'RUN npm install'],
  ['COPY . . # buildkit', 'COPY . .'],
  [`/bin/sh -c #(nop) COPY file:${'7'.repeat(64)} in /bin/busybox `, 'COPY /bin/busybox'],
  ['/bin/busybox --install -s /bin', '/bin/busybox --install -s /bin'],
])('%s reads %s', (createdBy, text) => {
  expect(instructionText(createdBy)).toBe(text);
});

const entry = (size: number) => ({ id: '', created: 0, createdBy: '', comment: '', size });
const layer = (digit: string) => `sha256:${digit.repeat(64)}`;
const EMPTY = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

it.each([
  [
    'one for each that holds bytes',
    [entry(2), entry(0), entry(1)],
    [layer('a'), layer('b')],
    [layer('b'), undefined, layer('a')],
  ],
  ['an empty one is passed over', [entry(0), entry(1)], [layer('a'), EMPTY], [undefined, layer('a')]],
  ['none where the numbers differ', [entry(2), entry(1)], [layer('a'), layer('b'), layer('c')], [undefined, undefined]],
])('gives layers to the entries of a history: %s', (_, entries, layers, expected) => {
  expect(layersOfHistory(entries, layers)).toEqual(expected);
});
