import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { okay } from '../engine/okay.ts';
import { type RealDaemon, startRealDaemon } from '../engine/real-daemon.ts';
import { COMMITTED } from './activities.ts';
import { type FaultGround, prepareFaultGround } from './ground.ts';
import { killAgainAndAgain } from './kill-nine.ts';
import { listImages } from './listing.ts';
import { randomOf } from './random.ts';
import { complaintsAbout, namesIn } from './wholeness.ts';

/** How often each daemon is killed: some times in `npm test`, two hundred in `npm run faults`. */
const KILLS = Number(process.env.LAPSTRAKE_FAULTS_KILLS ?? 3);
/** Decides all that is random but the moment itself. */
const SEED = Number(process.env.LAPSTRAKE_FAULTS_SEED ?? Date.now() % 1_000_000);

let ground: FaultGround;
beforeAll(async () => {
  ground = await prepareFaultGround();
});
afterAll(() => ground?.[Symbol.asyncDispose]());

const ok = async (daemon: RealDaemon, ...args: readonly string[]): Promise<string> =>
  okay(await daemon.docker(...args));

/** Bytes of all files below a folder. */
async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const stats = await lstat(join(folder, name));
    if (stats.isFile()) bytes += stats.blocks * 512;
  }
  return bytes;
}

test.each(['overlay', 'vfs'])(
  'a daemon that is killed at any moment loses nothing that it reported, and leaves nothing (%s)',
  async (storage) => {
    await using daemon = await startRealDaemon(['--storage', storage, '--registry-mirror', ground.registryUrl]);
    await ok(daemon, 'run', '--name', COMMITTED, 'busybox', 'sh', '-c', 'echo kept > /kept && rm -r /var/www');
    const { rounds, cleaned } = await killAgainAndAgain(daemon, ground, randomOf(SEED), KILLS);
    const said = [...rounds].map(([name, { all, cutOff }]) => `${name} ${all} (${cutOff} cut off)`).join(', ');
    console.log(`seed ${SEED}, ${storage}: ${said}; ${cleaned.length} lines told of what was cleaned`);
    expect([...rounds.values()].reduce((sum, { all }) => sum + all, 0)).toBeGreaterThanOrEqual(KILLS);

    // What all of it has left is what its images need, and without them nothing.
    // A pull that was cut off keeps what it brought until it is taken up again.
    for (const image of ground.images) await ok(daemon, 'pull', '-q', image);
    await ok(daemon, 'rm', COMMITTED);
    await ok(daemon, 'image', 'prune', '-a', '-f');
    await ok(daemon, 'builder', 'prune', '-a', '-f');
    expect((await listImages(daemon)).ids).toEqual([]);
    expect(await complaintsAbout(daemon.root, [])).toEqual([]);
    for (const folder of [`snapshots/${storage}/committed`, `snapshots/${storage}/active`, 'images/blobs/sha256']) {
      expect(await namesIn(join(daemon.root, folder))).toEqual([]);
    }
    expect(await bytesBelow(join(daemon.root, 'images'))).toBeLessThan(64 << 10);
    expect(await bytesBelow(join(daemon.root, 'snapshots'))).toBe(0);
    expect(await daemon.stop()).toEqual([]);
  },
  3_600_000,
);
