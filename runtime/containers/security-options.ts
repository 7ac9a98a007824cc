import { parseGoBool } from '../../core/match/go-bool.ts';
import { type EngineError, invalid } from '../errors.ts';
import { type CustomProfile, parseProfile } from '../sandbox/custom-profile.ts';

/** What `--security-opt` asks for. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  readonly seccomp: 'default' | 'unconfined' | CustomProfile;
  /** Paths are neither hidden nor read-only. */
  readonly systemPaths: 'default' | 'unconfined';
}

/** Reads Docker's `SecurityOpt`; labels, and profiles of AppArmor, are accepted and mean nothing. */
export function parseSecurityOptions(texts: readonly string[]): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: SecurityOptions['seccomp'] = 'default';
  let systemPaths: SecurityOptions['systemPaths'] = 'default';
  for (const text of texts) {
    const [name, value = ''] = text.split(/[=:](.*)/s, 2);
    if (name === 'no-new-privileges') noNewPrivileges = text === name || booleanOf(value, text);
    else if (name === 'seccomp') seccomp = seccompOption(value);
    else if (name === 'systempaths') systemPaths = value === 'unconfined' ? 'unconfined' : 'default';
    else if (name !== 'label' && name !== 'apparmor') {
      throw invalidOption(text);
    }
  }
  return { noNewPrivileges, seccomp, systemPaths };
}

function booleanOf(value: string, text: string): boolean {
  const read = parseGoBool(value);
  if (read === undefined) throw invalidOption(text);
  return read;
}

function invalidOption(text: string): EngineError {
  return invalid({ code: 'security-option', message: `invalid --security-opt: "${text}"`, subject: text });
}

/** `builtin`, `unconfined`, or the text of a profile: the docker command line reads the file itself. */
function seccompOption(value: string): SecurityOptions['seccomp'] {
  if (value === 'unconfined') return 'unconfined';
  return value === '' || value === 'builtin' ? 'default' : parseProfile(value);
}
