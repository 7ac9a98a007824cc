import { afterAll, beforeAll, expect } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

/**
 * A daemon for the tests of a file, with busybox: started before the first of them, and ended after the last, when nothing of
 * it may be left. `ok` runs the docker CLI against it and gives what it printed; the test fails where docker did.
 */
export function busyboxDaemon(): { daemon: RealDaemon; ok: (...args: readonly string[]) => Promise<string> } {
  let registry: BaseImages;
  let started: RealDaemon;
  const ok = async (...args: readonly string[]): Promise<string> => okay(await started.docker(...args));
  beforeAll(async () => {
    registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
    started = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
    await ok('pull', 'busybox');
  });
  afterAll(async () => {
    const left = await started?.stop();
    await registry?.stop();
    expect(left).toEqual([]);
  });
  // Whoever holds it before it is started finds it once it is.
  const daemon = new Proxy({} as RealDaemon, { get: (_, name) => Reflect.get(started, name) });
  return { daemon, ok };
}
