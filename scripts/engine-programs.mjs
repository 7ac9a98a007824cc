/** The engine's programs: where each is bundled to, and from what. */
export const ENGINE_PROGRAMS = {
  lapstraked: 'runtime/lapstraked.ts',
  lapstrake: 'runtime/cli/main.ts',
  'sandbox-init': 'runtime/sandbox/init/main.ts',
  'network-thread': 'runtime/networks/thread/main.ts',
  'container-files': 'runtime/containers/files/main.ts',
};

/** The programs that hold containers, compiled by scripts/keeper.mjs. */
export const KEEPERS = 'runtime/keeper/bin';
