import { constants } from 'node:os';
import { invalid } from '../errors.ts';

const FIRST_REAL_TIME = 34;
const LAST_REAL_TIME = 64;

/** The number of a signal: `SIGTERM`, `term`, `15`. Error: EngineError `invalid`. */
export function signalNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0 && Number(text) < 65) return Number(text);
  const upper = text.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const number = (constants.signals as Readonly<Record<string, number>>)[name] ?? realTimeSignal(name);
  if (number !== undefined) return number;
  throw invalid({ code: 'signal-invalid', message: `Invalid signal: ${text}`, subject: text });
}

/** `SIGRTMIN+3`, `SIGRTMAX-1`: counted from the first and the last that the C library leaves to programs. */
function realTimeSignal(name: string): number | undefined {
  const [, end, offset = '0'] = /^SIGRTM(IN|AX)(?:[+-](\d+))?$/.exec(name) ?? [];
  const isRightWay = end === 'IN' ? !name.includes('-') : !name.includes('+');
  if (end === undefined || !isRightWay || Number(offset) > LAST_REAL_TIME - FIRST_REAL_TIME) return undefined;
  return end === 'IN' ? FIRST_REAL_TIME + Number(offset) : LAST_REAL_TIME - Number(offset);
}
