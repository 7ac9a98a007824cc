import { join } from 'node:path';
import { defaultAddress, type Surroundings } from '../../protocol/engine-address.ts';
import { isKind } from '../errors.ts';
import { EngineClient } from './engine-client.ts';
import { launchDaemon } from './launch-daemon.ts';
import { UsageError } from './usage-error.ts';

/**
 * The engine to speak to: the one of `--host`, which must run already, or the user's own, which is started where it does
 * not. Errors: UsageError for a host that is no unix socket; EngineError `unavailable`.
 */
export async function connect(
  host: string | undefined,
  surroundings: Surroundings,
  programs: string,
  signal: AbortSignal,
): Promise<EngineClient> {
  const given = host ?? surroundings.env.LAPSTRAKE_HOST;
  if (given !== undefined && given !== '' && !/^unix:\/\/.+/.test(given)) {
    throw new UsageError(`the engine's address is unix://PATH, not '${given}'`, given);
  }
  const own = defaultAddress(surroundings);
  const engine = new EngineClient(host === undefined ? own.socket : host.slice('unix://'.length));
  try {
    await engine.empty('GET', '/_ping', { signal });
  } catch (error) {
    if (host !== undefined || !isKind(error, 'unavailable') || error.code !== 'daemon-not-running') throw error;
    await launchDaemon(join(programs, 'lapstraked.js'), own, signal);
  }
  return engine;
}
