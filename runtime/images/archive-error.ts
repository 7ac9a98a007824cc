import { shownName } from '../archive/shown-name.ts';
import { EngineError, invalid } from '../errors.ts';

/** An archive of images that cannot be loaded, with the entry that is to blame. */
export function archiveInvalid(entry: string, why: string, cause?: unknown): EngineError {
  return invalid({
    code: 'archive-invalid',
    message: `the archive cannot be loaded: ${shownName(entry)} ${why}`,
    subject: entry,
    cause,
  });
}

/** Does what reads an entry of the archive; what is wrong with its content then names the entry. */
export async function blaming<T>(entry: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'cancelled' || error.code === 'archive-invalid') throw error;
    const { kind, code, message, remedies } = error;
    const text = `the archive cannot be loaded: in ${shownName(entry)}: ${message}`;
    throw new EngineError(kind, { code, message: text, subject: entry, cause: error, remedies });
  }
}
