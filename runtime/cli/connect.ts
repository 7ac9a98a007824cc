import { join } from 'node:path';
import { findSocketDistrust } from '../../core/disk/trusted-path.ts';
import { defaultAddress, type Surroundings } from '../../protocol/engine-address.ts';
import { forbidden, isKind } from '../errors.ts';
import { EngineClient } from './engine-client.ts';
import { launchDaemon } from './launch-daemon.ts';
import { UsageError } from './usage-error.ts';

/**
 * The engine to speak to: the one of `--host`, which must run already, or the user's own, which is started where it does
 * not. Errors: UsageError for a host that is no unix socket; EngineError `unavailable`; `forbidden` with code
 * `socket-untrusted` where another user may be the one who listens.
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
  // Root may mean another user's engine, where it names one.
  if (host === undefined || surroundings.uid !== 0) await refuseImpostor(engine.socket, surroundings.uid);
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

async function refuseImpostor(socket: string, uid: number): Promise<void> {
  const distrust = await findSocketDistrust(socket, uid);
  if (distrust === undefined) return;
  throw forbidden({
    code: 'socket-untrusted',
    message: `refusing to speak to unix://${socket} because of ${distrust.path}: ${distrust.why}, so another user could pose as the engine; remove it, or choose another address with --host or LAPSTRAKE_HOST`,
    subject: distrust.path,
  });
}
