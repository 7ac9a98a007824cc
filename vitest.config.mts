import { defineConfig } from 'vitest/config';

/** How long `expect.poll` waits: on a busy machine with two cores, too. */
const expectations = { poll: { timeout: 15_000, interval: 50 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{core,protocol,server,runtime,client,media,test/vectors,test/fuzz,test/lint}/**/*.test.ts',
            'scripts/**/*.test.mjs',
          ],
          testTimeout: 20_000,
          // Each test puts back what it changes of its process, so that the files of a worker share their modules: half
          // the time of processors.
          isolate: false,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['test/{engine,faults}/**/*.test.ts'],
          globalSetup: 'test/harness/bundled-programs.ts',
          testTimeout: 120_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          expect: expectations,
        },
      },
      {
        test: {
          // By hand, in a virtual machine: `npm run machine`.
          name: 'machine',
          include: ['test/machine/*.test.ts'],
          globalSetup: 'test/harness/bundled-programs.ts',
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          expect: { poll: { timeout: 60_000, interval: 500 } },
        },
      },
      {
        test: {
          name: 'editor',
          include: ['test/editor/**/*.test.ts'],
          globalSetup: 'test/harness/packaged-extension.ts',
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          expect: expectations,
        },
      },
    ],
  },
});
