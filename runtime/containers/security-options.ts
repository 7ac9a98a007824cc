import { invalid } from '../errors.ts';

/** What `--security-opt` asks for. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  readonly seccomp: 'default' | 'unconfined';
  /** Paths are neither hidden nor read-only. */
  readonly systemPaths: 'default' | 'unconfined';
}

/** Reads Docker's `SecurityOpt`; labels and profiles of systems that are not here are accepted and mean nothing. */
export function parseSecurityOptions(texts: readonly string[]): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: SecurityOptions['seccomp'] = 'default';
  let systemPaths: SecurityOptions['systemPaths'] = 'default';
  for (const text of texts) {
    const [name, value = ''] = text.split(/[=:](.*)/s, 2);
    if (name === 'no-new-privileges') noNewPrivileges = value !== 'false';
    else if (name === 'seccomp') seccomp = value === 'unconfined' ? 'unconfined' : 'default';
    else if (name === 'systempaths') systemPaths = value === 'unconfined' ? 'unconfined' : 'default';
    else if (name !== 'label' && name !== 'apparmor') {
      throw invalid({ code: 'security-option', message: `invalid --security-opt: "${text}"`, subject: text });
    }
  }
  return { noNewPrivileges, seccomp, systemPaths };
}
