import { expect, it } from 'vitest';
import { stageGraph } from './stage-graph.ts';
import { readingOf } from './test-reading.test-support.ts';

it('tells the stages, what each needs, and which the last one does without', () => {
  const text = `FROM node:22 AS Deps
RUN npm ci
FROM deps AS build
COPY --from=tool:1 /a /b
COPY --from=tool:1 /c /d
RUN --mount=from=deps,target=/x y
FROM alpine AS lint
FROM scratch
COPY --from=1 /app /app
COPY --from=9 /app /app
`;
  expect(stageGraph(readingOf(text))).toEqual([
    {
      ...{ name: 'Deps', image: 'node:22', line: 0, instructions: 1, isBuilt: true },
      needs: [{ kind: 'base', name: 'node:22', line: 0 }],
    },
    {
      ...{ name: 'build', image: 'deps', line: 2, instructions: 3, isBuilt: true },
      needs: [
        { kind: 'base', name: 'Deps', line: 2, stage: 0 },
        { kind: 'copy', name: 'tool:1', line: 3 },
        { kind: 'mount', name: 'Deps', line: 5, stage: 0 },
      ],
    },
    {
      ...{ name: 'lint', image: 'alpine', line: 6, instructions: 0, isBuilt: false },
      needs: [{ kind: 'base', name: 'alpine', line: 6 }],
    },
    {
      ...{ name: '3', image: 'scratch', line: 7, instructions: 2, isBuilt: true },
      needs: [
        { kind: 'base', name: 'scratch', line: 7 },
        { kind: 'copy', name: 'build', line: 8, stage: 1 },
        { kind: 'copy', name: '9', line: 9 },
      ],
    },
  ]);
  expect(stageGraph(readingOf('RUN x\n'))).toEqual([]);
});
