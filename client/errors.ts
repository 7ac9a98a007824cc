import { RegistryError } from './registries/registry-error.ts';

/** What a user can do about an error: each is a button of its message. */
export type Remedy =
  | 'start-engine'
  | 'select-engine'
  | 'show-log'
  | 'remove-existing'
  | 'choose-port'
  | 'pull-image'
  | 'log-in'
  | 'force'
  | 'manage-trust';

/** What the editor says about an error. */
export interface Explanation {
  readonly message: string;
  readonly remedies: readonly Remedy[];
  /** The user stopped it: nothing is shown. */
  readonly cancelled?: true;
  /** The container or port that stands in the way, the image that is missing, or the registry that wants an account. */
  readonly subject?: string;
}

/** No engine answers, for the reason given in its message. */
export class EngineUnavailable extends Error {
  override readonly name = 'EngineUnavailable';
  constructor(
    message: string,
    readonly own: 'own' | 'other',
  ) {
    super(message);
  }
}

/** What was asked for may only be done in a workspace that the user trusts. */
export class WorkspaceUntrusted extends Error {
  override readonly name = 'WorkspaceUntrusted';
}

/** Turns whatever a call to the engine threw into one sentence and the remedies that fit. `doing` starts it: `Start “web”`. */
export function explain(error: unknown, doing: string): Explanation {
  if (isAbort(error)) return { message: `${doing}: cancelled.`, remedies: [], cancelled: true };
  if (error instanceof EngineUnavailable)
    return {
      message: error.message,
      remedies: error.own === 'own' ? ['start-engine', 'show-log'] : ['select-engine', 'show-log'],
    };
  if (error instanceof WorkspaceUntrusted) return { message: error.message, remedies: ['manage-trust'] };
  if (error instanceof RegistryError)
    return {
      message: error.message,
      remedies: error.problem === 'unauthorized' || error.problem === 'forbidden' ? ['log-in'] : [],
      subject: error.domain,
    };
  const code = errorCode(error);
  if (code !== undefined && UNREACHABLE.has(code))
    return {
      message: `${doing} failed: the engine does not answer (${code}).`,
      remedies: ['start-engine', 'show-log'],
    };
  const message = apiMessage(error);
  const said = `${doing} failed: ${sentence(message)}`;
  const taken = /name "?\/?([\w.-]+)"? is already in use/i.exec(message);
  if (taken?.[1] !== undefined) return { message: said, remedies: ['remove-existing'], subject: taken[1] };
  if (isPortTaken(message)) {
    const port = portOf(message);
    return { message: said, remedies: ['choose-port'], ...(port === undefined ? {} : { subject: port }) };
  }
  if (isAccessDenied(message)) return { message: said, remedies: ['log-in'] };
  const missing = /no such image:? ([^\s:]\S*)/i.exec(message)?.[1];
  if (statusCode(error) === 404 && missing !== undefined)
    return { message: said, remedies: ['pull-image'], subject: missing };
  if (statusCode(error) === 409 && /(force|running container|being used|must be forced)/i.test(message))
    return { message: said, remedies: ['force'] };
  return { message: said, remedies: statusCode(error) === undefined || statusCode(error) === 500 ? ['show-log'] : [] };
}

/** The HTTP status of an engine's answer, where it was one. */
export function statusCode(error: unknown): number | undefined {
  const code = property(error, 'statusCode');
  return typeof code === 'number' ? code : undefined;
}

/** The engine's own words, without what dockerode puts around them. */
export function apiMessage(error: unknown): string {
  const fromBody = property(property(error, 'json'), 'message');
  if (typeof fromBody === 'string' && fromBody !== '') return fromBody.trim();
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(HTTP code \d+\) .*? - /s, '').trim();
}

/** True for what an AbortSignal caused. */
export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'AbortError' || error.name === 'Canceled' || errorCode(error) === 'ABORT_ERR')
  );
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'EACCES',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
]);

/** What engines hand on of a registry that wants an account, or another one. */
function isAccessDenied(message: string): boolean {
  return /(pull access denied|requested access to the resource is denied|unauthorized|authentication required|no basic auth credentials|incorrect username or password|insufficient_scope)/i.test(
    message,
  );
}

function isPortTaken(message: string): boolean {
  return /(port is already allocated|address already in use|port .*(in use|taken)|EADDRINUSE)/i.test(message);
}

function portOf(message: string): string | undefined {
  return (/(?::|port )(\d{1,5})(?:\D|$)/i.exec(message) ?? undefined)?.[1];
}

function errorCode(error: unknown): string | undefined {
  const code = property(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}
