import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { type EngineError, invalid } from '../errors.ts';

type LogConfig = HostConfig['LogConfig'];

/** How a container's log is cut: bytes above which a file is moved aside (0: never), and how many files are kept. */
export interface LogRotation {
  readonly maxSize: number;
  readonly maxFiles: number;
}

const GENERAL = ['mode', 'max-buffer-size'];
const ROTATION = ['max-size', 'max-file', 'compress'];
const DETAILS = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];
/** Options by driver, with what it takes for granted. */
const DRIVERS = {
  'json-file': { options: [...GENERAL, ...ROTATION, ...DETAILS], maxSize: 0, maxFiles: 1 },
  local: { options: [...GENERAL, ...ROTATION], maxSize: 20e6, maxFiles: 5 },
} as const;
type Rotating = keyof typeof DRIVERS;

const UNITS = ['', 'k', 'm', 'g', 't', 'p'];
const TRUE = /^(1|t|true)$/i;
const BOOLEAN = /^(1|t|true|0|f|false)$/i;

/**
 * Reads a log driver's options as Docker's drivers do. Gives undefined where nothing is kept. Error: EngineError `invalid`
 * for an unknown driver or option, and for what an option cannot be.
 */
export function logRotation({ Type, Config }: LogConfig): LogRotation | undefined {
  const driver = Type === '' ? 'json-file' : Type;
  if (driver === 'none') return undefined;
  if (!isRotating(driver)) throw bad(`logger: no log driver named '${driver}' is registered`);
  const options: Readonly<Record<string, string>> = Config;
  const { options: known, maxSize, maxFiles } = DRIVERS[driver];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw bad(`unknown log opt '${name}' for ${driver} log driver`);
  }
  const { mode = '', compress } = options;
  if (!['', 'blocking', 'non-blocking'].includes(mode)) {
    throw bad(`logger: logging mode not supported: ${mode}`);
  }
  const buffer = options['max-buffer-size'];
  if (buffer !== undefined) {
    if (mode !== 'non-blocking') throw bad("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    size(buffer);
  }
  const rotation = {
    maxSize: options['max-size'] === undefined ? maxSize : positive(options['max-size']),
    maxFiles: options['max-file'] === undefined ? maxFiles : count(options['max-file']),
  };
  if (compress !== undefined && !BOOLEAN.test(compress)) {
    throw failed(`strconv.ParseBool: parsing "${compress}": invalid syntax`);
  }
  if (compress !== undefined && TRUE.test(compress) && (rotation.maxFiles < 2 || rotation.maxSize === 0)) {
    throw failed('compress cannot be true when max-file is less than 2 or max-size is not set');
  }
  return rotation;
}

/** Whether old files are to be compressed because somebody asks for it. */
export function wantsCompressedLogs({ Type, Config }: LogConfig): boolean {
  const options: Readonly<Record<string, string>> = Config;
  return Type !== 'none' && TRUE.test(options.compress ?? '');
}

function isRotating(driver: string): driver is Rotating {
  return Object.hasOwn(DRIVERS, driver);
}

function positive(text: string): number {
  const bytes = size(text);
  if (bytes <= 0) throw failed(`max-size must be a positive number: ${text}`);
  return bytes;
}

function count(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw failed(`strconv.Atoi: parsing "${text}": invalid syntax`);
  const files = Number(text);
  if (files < 1) throw failed('max-file cannot be less than 1');
  return files;
}

/** `10m`, `1.5 GB`, `512`: in powers of 1000, as Docker's logs count (go-units, FromHumanSize). Whole bytes. */
function size(text: string): number {
  const [, digits, unit] = /^(-?\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text) ?? [];
  if (digits === undefined || unit === undefined) throw failed(`invalid size: '${text}'`);
  return Math.trunc(Number(digits) * 1000 ** UNITS.indexOf(unit.toLowerCase()));
}

function failed(message: string): EngineError {
  return bad(`failed to initialize logging driver: ${message}`);
}

function bad(message: string): EngineError {
  return invalid({ code: 'log-options-invalid', message });
}
