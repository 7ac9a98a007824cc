import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from './errno.ts';

/** A kind of program that the kernel runs through an interpreter (Linux, admin-guide/binfmt-misc). */
export interface BinfmtHandler {
  readonly name: string;
  readonly enabled: boolean;
  readonly interpreter: string;
  /** With `F` the interpreter is open already; else it is looked for where the program is run, inside a container's root. */
  readonly flags: string;
  /** Bytes of a program before `magic`. */
  readonly offset: number;
  readonly magic: Buffer;
  /** As long as `magic`. */
  readonly mask: Buffer;
}

const FOLDER = '/proc/sys/fs/binfmt_misc';
/** Of an ELF header: whether it has 64 bits, whether its numbers begin with the highest byte, `e_machine`. */
const MACHINES: Readonly<Record<string, readonly [is64: boolean, isBig: boolean, machine: number]>> = {
  '386': [false, false, 3],
  amd64: [true, false, 62],
  arm: [false, false, 40],
  arm64: [true, false, 183],
  loong64: [true, false, 258],
  mips64le: [true, false, 8],
  ppc64le: [true, false, 21],
  riscv64: [true, false, 243],
  s390x: [true, true, 22],
};

/** What the kernel has been told of; undefined where it does not show it, as its binfmt_misc is not mounted. */
export async function binfmtHandlers(folder = FOLDER): Promise<BinfmtHandler[] | undefined> {
  const status = await readText(join(folder, 'status'));
  if (status === undefined) return undefined;
  const names = (await readdir(folder)).filter((name) => name !== 'register' && name !== 'status');
  const handlers = names.map(async (name) => {
    const handler = parseHandler(name, (await readText(join(folder, name))) ?? '');
    return handler === undefined ? [] : [{ ...handler, enabled: handler.enabled && status.trim() === 'enabled' }];
  });
  return (await Promise.all(handlers)).flat();
}

/** The handler that takes an architecture's programs, enabled or not; undefined where there is none, or it is not known. */
export function handlerFor(architecture: string, handlers: readonly BinfmtHandler[]): BinfmtHandler | undefined {
  const machine = MACHINES[architecture];
  if (machine === undefined) return undefined;
  const header = elfHeader(...machine);
  const fitting = handlers.filter((handler) => takes(handler, header));
  return fitting.find(({ enabled }) => enabled) ?? fitting[0];
}

/** Reads a file of binfmt_misc; undefined for one that goes by the ends of file names. */
export function parseHandler(name: string, text: string): BinfmtHandler | undefined {
  const fields = new Map(
    text.split('\n').map((line): [string, string] => {
      const [, key = '', value = ''] = /^(\S+?):?(?: (.*))?$/.exec(line) ?? [];
      return [key, value];
    }),
  );
  const magic = Buffer.from(fields.get('magic') ?? '', 'hex');
  if (magic.length === 0) return undefined;
  const mask = fields.get('mask');
  return {
    name,
    enabled: text.startsWith('enabled'),
    interpreter: fields.get('interpreter') ?? '',
    flags: fields.get('flags') ?? '',
    offset: Number(fields.get('offset') ?? 0),
    magic,
    mask: mask === undefined ? Buffer.alloc(magic.length, 0xff) : Buffer.from(mask, 'hex'),
  };
}

function takes({ offset, magic, mask }: BinfmtHandler, program: Buffer): boolean {
  if (offset + magic.length > program.length) return false;
  return magic.every((byte, i) => ((byte ^ program[offset + i]!) & (mask[i] ?? 0xff)) === 0);
}

/** The beginning of an executable (System V ABI, Elf64_Ehdr). */
function elfHeader(is64: boolean, isBig: boolean, machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, isBig ? 2 : 1, 1]);
  if (isBig) header.writeUInt16BE(2, 16);
  else header.writeUInt16LE(2, 16);
  if (isBig) header.writeUInt16BE(machine, 18);
  else header.writeUInt16LE(machine, 18);
  return header;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return undefined;
    throw error;
  }
}
