import { join } from 'node:path';
import { runCompiled } from './compiled-code.ts';

/** The folder that `--code-cache=…` names. */
const [cache] = process.argv.flatMap((each) => /^--code-cache=(.+)$/s.exec(each)?.[1] ?? []);

runCompiled(join(__dirname, 'language-server.js'), cache);
