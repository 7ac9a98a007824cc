import { describe, expect, it } from 'vitest';
import { breachesOf, importsOf } from './walls.mjs';

describe('the walls', () => {
  it('refuse Node in core/', () => {
    expect(breachesOf('core/plan/a.ts', "import { readFile } from 'node:fs/promises';\n")).toEqual([
      'core/plan/a.ts:1: it imports node:fs/promises (core/ is pure: no Node, no editor, no engine)',
    ]);
  });

  it('allow Node in core/disk and in tests', () => {
    expect(breachesOf('core/disk/walk.ts', "import fs from 'node:fs';")).toEqual([]);
    expect(breachesOf('core/plan/a.test.ts', "import fs from 'node:fs';\nimport { it } from 'vitest';")).toEqual([]);
  });

  it('refuse what crosses from the editor into the engine', () => {
    const text = "import {\n  a,\n} from '../runtime/errors.ts';\n";
    expect(breachesOf('client/errors.ts', text)).toEqual([
      'client/errors.ts:3: it imports runtime/errors.ts (client/ talks LSP to server/ and HTTP to runtime/)',
    ]);
  });

  it('refuse a lower floor that knows a higher one, and allow the reverse', () => {
    expect(breachesOf('runtime/store/blobs.ts', "import type { A } from '../api/routes.ts';")).toHaveLength(1);
    expect(breachesOf('runtime/api/images.ts', "import { b } from '../store/blobs.ts';")).toEqual([]);
  });

  it('refuse a source file that no rule covers', () => {
    expect(breachesOf('elsewhere/a.ts', '')).toHaveLength(1);
    expect(breachesOf('runtime/elsewhere/a.ts', '')).toHaveLength(1);
  });

  it('see dynamic imports, require and re-exports', () => {
    const text =
      "export * from './a.ts';\nconst b = await import('./b.ts');\nconst c = require('esbuild');\nimport './d.css';\n";
    expect(importsOf(text).map(({ name, line }) => `${name}:${line}`)).toEqual([
      './a.ts:1',
      './b.ts:2',
      'esbuild:3',
      './d.css:4',
    ]);
  });

  it('refuse an undeclared package', () => {
    expect(breachesOf('server/main.ts', "import x from 'left-pad/sub';")).toEqual([
      'server/main.ts:1: it imports the package left-pad (server/ knows LSP and core/ only)',
    ]);
  });
});
