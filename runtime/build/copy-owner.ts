import type { SourceRange } from '../../core/plan/source-range.ts';
import { resolveUser } from '../containers/user.ts';
import { EngineError } from '../errors.ts';
import { BuildError } from './build-error.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Who owns what COPY and ADD bring: of `--chown`, names found in the root's own /etc; a number alone is the group's too. */
export async function copyOwner(root: string, chown: string | undefined, range: SourceRange): Promise<Owner> {
  if (chown === undefined) return { uid: 0, gid: 0 };
  const [, uid, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(chown) ?? [];
  if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  try {
    return await resolveUser(root, chown, []);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== 'invalid') throw error;
    throw new BuildError('invalid', {
      code: error.code,
      message: `unable to convert uid/gid chown string to host mapping: ${error.message}`,
      range,
      subject: chown,
      cause: error,
    });
  }
}
