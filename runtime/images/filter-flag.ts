import { invalid } from '../errors.ts';

/** A filter that is true or false, as Go reads one; undefined where it is not given. Error: EngineError `invalid`. */
export function readFlag(name: string, values: readonly string[] | undefined): boolean | undefined {
  const value = values?.[0];
  if (value === undefined) return undefined;
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid({ code: 'filter-invalid', message: `invalid filter '${name}=${value}'` });
}
