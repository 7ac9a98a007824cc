import { type EngineError, internal, invalid } from '../../errors.ts';
import { MISFIT } from '../misfit.ts';

/** The last error line of an OCI runtime's log (`--log-format json`), or its stderr where it logged none. */
export function lastError(log: string, stderr: string): string {
  const messages = log.split('\n').flatMap((line) => {
    const match =
      /"level":"error".*?"msg":("(?:[^"\\]|\\.)*")/.exec(line) ??
      /"msg":("(?:[^"\\]|\\.)*").*"level":"error"/.exec(line);
    return match === null ? [] : [String(JSON.parse(match[1]!))];
  });
  return messages.at(-1) ?? stderr.trim();
}

/** A failed start as the error that Docker's clients know: their exit codes 126 and 127 come from these texts. */
export function startError(verb: 'create' | 'exec', id: string, message: string): EngineError {
  const plain = inWordsOfRunc(message)
    .replace(/^(runc|crun)?:?\s*(run|create|exec|runc run|runc create) failed: /, '')
    .replace(/^runc run failed: /, '');
  // What runc says where its init died before it could run the program, as it does when it may have no more threads.
  if (verb === 'create' && plain === 'cannot start an already running container') {
    return invalid({
      code: 'sandbox-start-failed',
      message: `failed to create shim task: OCI runtime create failed: the container's init ended before its program could run; a limit of processes (--pids-limit) below 20 may leave the runtime itself no room: unknown`,
      subject: id,
    });
  }
  const text =
    verb === 'create'
      ? `failed to create shim task: OCI runtime create failed: runc create failed: ${plain}: unknown`
      : `OCI runtime exec failed: exec failed: ${plain}: unknown`;
  const isMisfit = /mount .*: not a directory/.test(plain) && !text.includes(MISFIT);
  const details = { message: isMisfit ? `${text}: ${MISFIT}` : text, subject: id };
  if (
    /executable file not found|exec: ".*": stat .*no such file or directory|exec .*: no such file or directory/.test(
      plain,
    )
  ) {
    return invalid({ ...details, code: 'command-not-found' });
  }
  if (/exec:? .*(permission denied|is a directory)|exec format error/i.test(plain)) {
    return invalid({ ...details, code: 'command-not-executable' });
  }
  if (/chdir to cwd|mount .* not a directory/.test(plain) || plain.includes(MISFIT)) {
    return invalid({ ...details, code: 'sandbox-start-failed' });
  }
  return internal({ ...details, code: 'sandbox-start-failed' });
}

/** What crun says of a program, as runc says it. */
function inWordsOfRunc(message: string): string {
  const [, missing] = /^executable file `(.*)` not found in \$PATH/.exec(message) ?? [];
  if (missing?.includes('/')) return `exec: "${missing}": stat ${missing}: no such file or directory`;
  if (missing !== undefined) return `exec: "${missing}": executable file not found in $PATH`;
  // Of one that is no file, or that nobody may execute.
  return message.startsWith('open executable: ') ? 'exec: permission denied' : message;
}
