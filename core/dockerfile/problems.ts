import type { Problem, Range } from './ast.ts';

/** An error with its code and BuildKit's words. */
export function errorAt(range: Range, code: string, message: string): Problem {
  return { code, message, range, severity: 'error' };
}
