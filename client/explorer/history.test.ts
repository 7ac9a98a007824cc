import { expect, it } from 'vitest';
import { instructionText } from './history.ts';

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
