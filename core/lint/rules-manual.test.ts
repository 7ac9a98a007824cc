import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rulesManual } from './rules-manual.ts';

it('is what docs/rules.md says (npm run rules-doc writes it)', () => {
  const file = fileURLToPath(new URL('../../docs/rules.md', import.meta.url));
  expect(readFileSync(file, 'utf8')).toBe(rulesManual());
});
