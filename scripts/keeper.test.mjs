import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { COMPILERS, compileKeeper, ORIGIN, sourceDigest } from './keeper.mjs';

// The keepers in the repository are programs that users run without having compiled them: they must be what their source says.

const origin = JSON.parse(await readFile(ORIGIN, 'utf8'));
const bin = path.join(path.dirname(ORIGIN), 'bin');
const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-keeper-'));
const made = Object.fromEntries(
  await Promise.all(Object.keys(COMPILERS).map(async (each) => [each, await compileKeeper(each, folder)])),
);
const read = (of, processor) => readFile(path.join(of, `keeper-${processor}`));
const binaries = Object.fromEntries(
  await Promise.all(
    Object.keys(COMPILERS)
      .filter((each) => made[each].code === 0)
      .map(async (each) => [each, await read(folder, each)]),
  ),
);
await rm(folder, { recursive: true });

test('the keepers were made after the last change of their source', async () => {
  expect(origin.source, 'run node scripts/keeper.mjs').toBe(await sourceDigest());
});

for (const processor of Object.keys(COMPILERS)) {
  const { missing, code, output, version } = made[processor];
  const wanted = origin.compilers[processor];
  test.skipIf(missing)(`keeper-${processor} compiles without a warning`, () => {
    expect({ code, output }).toEqual({ code: 0, output: '' });
  });

  const why = version === wanted ? '' : ` (needs GCC ${wanted}, here is ${version ?? 'none'})`;
  test.skipIf(version !== wanted)(`keeper-${processor} is what its source gives, to the byte${why}`, async () => {
    expect(binaries[processor]?.equals(await read(bin, processor))).toBe(true);
  });
}
