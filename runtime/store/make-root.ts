import { stat } from 'node:fs/promises';
import { findDistrust } from '../../core/disk/trusted-path.ts';
import { forbidden, invalid } from '../errors.ts';
import { makeFolder } from '../os/make-folder.ts';

const OTHERS_WRITE = 0o022;

/**
 * Makes a data root for its user only, or checks the one that is there: whoever may write to it may have the engine do
 * anything. Errors: EngineError `forbidden` with code `root-unsafe`; `invalid` with code `root-impossible` where no folder
 * can be made there.
 */
export async function makeRoot(root: string, uid = process.geteuid?.() ?? 0): Promise<void> {
  // What leads through another user's folder is not even made there.
  await refuseDistrusted(root, uid);
  try {
    await makeFolder(root, 0o700);
  } catch (cause) {
    throw invalid({
      code: 'root-impossible',
      message: `cannot make the folder ${root} for the engine's data: choose another --root`,
      subject: root,
      cause,
    });
  }
  const stats = await stat(root);
  if (stats.uid !== uid) throw unsafe(root, root, `it belongs to another user (uid ${stats.uid})`);
  if ((stats.mode & OTHERS_WRITE) !== 0) throw unsafe(root, root, 'others than its owner may write to it');
  await refuseDistrusted(root, uid);
}

async function refuseDistrusted(root: string, uid: number): Promise<void> {
  const distrust = await findDistrust(root, uid);
  if (distrust !== undefined) throw unsafe(root, distrust.path, distrust.why);
}

function unsafe(root: string, path: string, why: string) {
  const of = path === root ? '' : ` because of ${path}`;
  return forbidden({
    code: 'root-unsafe',
    message: `refusing to keep the engine's data in ${root}${of}: ${why}; give ${path} to this user with mode 0700, or choose another --root`,
    subject: path,
  });
}
