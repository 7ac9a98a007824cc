import type { Reference } from '../../core/image/reference.ts';
import { EngineError, isKind } from '../errors.ts';
import { RegistryConnection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { endpointsOf } from './endpoint.ts';
import type { RegistryHosts } from './hosts.ts';

/** As whom the servers are asked, and how patiently. */
export interface Asking {
  readonly credentials: Credentials;
  /** Milliseconds before each new attempt after a broken connection. */
  readonly delays?: readonly number[] | undefined;
}

/**
 * Asks the servers that may have an image, mirrors first, one after the other until one does it. Errors: the last one's,
 * with what the mirrors said before; `cancelled`.
 */
export async function askEndpoints<T>(
  hosts: RegistryHosts,
  reference: Reference,
  { credentials, delays }: Asking,
  ask: (connection: RegistryConnection) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const failures: EngineError[] = [];
  for (const endpoint of endpointsOf(reference, hosts.options)) {
    const purpose = { endpoint, repository: reference.path, actions: 'pull', credentials, delays } as const;
    try {
      using connection = await RegistryConnection.open(hosts, purpose, signal);
      return await ask(connection);
    } catch (error) {
      if (!(error instanceof EngineError) || isKind(error, 'cancelled')) throw error;
      failures.push(endpoint.isMirror ? mirrorFailed(endpoint.url, error) : error);
    }
  }
  throw joined(failures);
}

function mirrorFailed(url: string, error: EngineError): EngineError {
  const { code, subject, remedies } = error;
  return new EngineError(error.kind, {
    code,
    subject,
    remedies,
    message: `mirror ${url}: ${error.message}`,
    cause: error,
  });
}

/** The last failure, with what the mirrors said before. */
function joined(failures: readonly EngineError[]): EngineError {
  const last = failures.at(-1)!;
  if (failures.length === 1) return last;
  const { code, subject, remedies } = last;
  const message = `${last.message} (${failures
    .slice(0, -1)
    .map((each) => each.message)
    .join('; ')})`;
  return new EngineError(last.kind, { code, subject, remedies, message, cause: last });
}
