import { constants } from 'node:os';
import { invalid } from '../errors.ts';

/** The number of a signal: `SIGTERM`, `term`, `15`. Error: EngineError `invalid`. */
export function signalNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0 && Number(text) < 65) return Number(text);
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const number = (constants.signals as Readonly<Record<string, number>>)[name];
  if (number !== undefined) return number;
  throw invalid({ code: 'signal-invalid', message: `Invalid signal: ${text}`, subject: text });
}
