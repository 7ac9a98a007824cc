import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runCompiled } from './compiled-code.ts';
import { optimiseAsUsual } from './optimising.ts';

/** The folder that `--code-cache=…` names. */
const [cache] = process.argv.flatMap((each) => /^--code-cache=(.+)$/s.exec(each)?.[1] ?? []);

// To optimise the parser of shell scripts as well takes V8 tens of megabytes and another thread's time, and saves next to nothing.
for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
optimiseAsUsual();
runCompiled(join(__dirname, 'language-server.js'), cache);
