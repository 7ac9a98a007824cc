/** Why a registry did not give what was asked for. */
export type RegistryProblem =
  /** It wants an account, or does not accept the one given. */
  | 'unauthorized'
  /** The account may not do this. */
  | 'forbidden'
  | 'not-found'
  /** It has no list of its repositories. */
  | 'no-catalog'
  /** It does not delete. */
  | 'not-deletable'
  | 'too-many-requests'
  | 'unreachable'
  /** Its answer is none that the specification knows. */
  | 'invalid';

/** A request to a registry failed: the message says what, and never holds an account's secrets. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  constructor(
    readonly problem: RegistryProblem,
    /** The registry's domain, as references spell it. */
    readonly domain: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
