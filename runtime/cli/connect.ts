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
  if (host !== undefined || (await answers(engine, signal))) return engine;
  await launchDaemon({
    program: join(programs, 'lapstraked.js'),
    address: own,
    answers: () => answers(engine, signal),
    signal,
  });
  return engine;
}

/** Whether an engine listens; one that is there but cannot be spoken to is an error. */
async function answers(engine: EngineClient, signal: AbortSignal): Promise<boolean> {
  try {
    await engine.empty('GET', '/_ping', { signal });
    return true;
  } catch (error) {
    if (isKind(error, 'unavailable') && error.code === 'daemon-not-running') return false;
    throw error;
  }
}
