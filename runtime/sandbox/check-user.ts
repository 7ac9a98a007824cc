import { type EngineError, invalid } from '../errors.ts';
import { isMapped, type Machine } from './machine.ts';
import type { ProcessSpec } from './sandbox.ts';

/**
 * Refuses a user or group that there is not in the engine's user namespace: the kernel would say no more than `invalid argument`.
 * Error: EngineError `invalid`, code `id-not-mapped`.
 */
export function checkUser({ uidMap, gidMap }: Machine, { uid, gid, additionalGids }: ProcessSpec['user']): void {
  if (!isMapped(uidMap, uid)) throw notMapped('user', uid, 'uid');
  const group = [gid, ...additionalGids].find((id) => !isMapped(gidMap, id));
  if (group !== undefined) throw notMapped('group', group, 'gid');
}

function notMapped(what: 'user' | 'group', id: number, kind: 'uid' | 'gid'): EngineError {
  return invalid({
    code: 'id-not-mapped',
    message: `the engine of an ordinary user has no ${what} ${id} to run as: it has those that /etc/sub${kind} gives that user, and newuidmap maps`,
    subject: String(id),
    remedies: [`Give the user a larger range in /etc/subuid and /etc/subgid, and restart the engine`],
  });
}
