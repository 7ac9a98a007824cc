import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Score, scoreAll } from './score.ts';

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url));
/** Share of cases that have to come out as BuildKit has them. */
const LEAST = 0.995;

const isThere = existsSync(DATA);
const name = 'reads Dockerfiles as BuildKit does';

it.skipIf(!isThere)(
  isThere ? name : `${name} (what it answers is not in ../shared/data)`,
  async () => {
    const shares = (await scoreAll(DATA)).map(share);
    expect(shares.filter(({ passed }) => !passed)).toEqual([]);
  },
  60_000,
);

function share({ name, total, failures }: Score): { readonly name: string; readonly passed: boolean } {
  return { name, passed: (total - failures.length) / total >= (name === 'word expansion' ? 1 : LEAST) };
}
