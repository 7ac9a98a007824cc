/** The exit code for a container whose program could not be started, as docker's: 127 not found, 126 not to be run. */
export function startFailureCode(message: string): number | undefined {
  if (/executable file not found|no such file or directory|not found in \$PATH|stat .*: no such file/i.test(message))
    return 127;
  if (/permission denied|is a directory|exec format error/i.test(message)) return 126;
  return undefined;
}
