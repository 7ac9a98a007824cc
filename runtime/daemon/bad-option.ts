import { type EngineError, invalid } from '../errors.ts';

/** What is said of an option of the daemon that cannot be taken. */
export function bad(option: string, why: string): EngineError {
  return invalid({ code: 'option-invalid', message: `${option}: ${why}`, subject: option });
}
