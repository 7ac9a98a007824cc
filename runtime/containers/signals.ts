import { constants } from 'node:os';
import { invalid } from '../errors.ts';

/** This one and the next the C library keeps to itself. */
const FIRST_RESERVED = 32;
const FIRST_REAL_TIME = 34;
const LAST_REAL_TIME = 64;

/** The number of a signal: `SIGTERM`, `term`, `15`. Error: EngineError `invalid`, also for one that Linux does not have. */
export function signalNumber(text: string): number {
  const number = readSignal(text);
  if (number < FIRST_RESERVED || (number >= FIRST_REAL_TIME && number <= LAST_REAL_TIME)) return number;
  const message = `The linux daemon does not support signal ${number}`;
  throw invalid({ code: 'signal-unsupported', message, subject: text });
}

/** What a signal's name or number says; any number but 0 is one. Error: EngineError `invalid`. */
export function readSignal(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
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
