import { defineConfig } from 'vitest/config';

/** How long `expect.poll` waits: on a busy machine with two cores, too. */
const expectations = { poll: { timeout: 15_000, interval: 50 } };

/** Tests of images and builds: they touch nothing of the machine that another daemon's tests touch, too. */
const ABOUT_IMAGES = 'test/engine/{build,fidelity,history,image,registr,rmi}*.test.ts';

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
          exclude: [ABOUT_IMAGES],
          globalSetup: 'test/harness/bundled-programs.ts',
          testTimeout: 120_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          expect: expectations,
        },
      },
      {
        test: {
          name: 'images',
          include: [ABOUT_IMAGES],
          globalSetup: 'test/harness/bundled-programs.ts',
          testTimeout: 120_000,
          hookTimeout: 240_000,
          // Most of a build is waiting.
          maxWorkers: 2,
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
