// A plugin for esbuild.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const { resolve } = createRequire(import.meta.url);

/**
 * Has what our files import from a CommonJS package come from one module that takes the package apart. By itself esbuild makes an
 * object of all its exports for every file that imports from it, while the program starts.
 */
export function takenApartOnce(name) {
  return {
    name: 'taken-apart-once',
    setup(build) {
      build.onResolve({ filter: /^[^.]/ }, ({ path, importer }) =>
        path === name && importer.endsWith('.ts') ? { path, namespace: 'once' } : undefined,
      );
      build.onLoad({ filter: /^/, namespace: 'once' }, async () => {
        const names = Object.keys((await import(resolve(name))).default);
        const contents = `const all = require(${JSON.stringify(name)});\nexport const { ${names.join(', ')} } = all;`;
        return { contents, resolveDir: dirname(fileURLToPath(import.meta.url)) };
      });
    },
  };
}
