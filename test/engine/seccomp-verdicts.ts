/** Architectures as the kernel names them to a filter (linux/audit.h): x86-64, i386, arm64, arm, and one that is none of ours. */
const ARCHITECTURES = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028, 0xc00000f3];
/** The x32 calls of x86-64 have this bit. */
const X32 = 0x40000000;
const CALLS = 480;
/** First arguments that rules look at: domains of sockets, flags of clone, personalities. */
const ARGUMENTS = [0n, 1n, 40n, 0x20008n, 0x10000000n, 0xffffffffn, 0x100000028n];

/** What a filter (classic BPF, as the kernel gives it) answers to every system call with some first arguments. */
export function verdicts(filter: Buffer): Uint32Array {
  const numbers = Array.from({ length: CALLS }, (_, call) => call);
  const calls = [...ARCHITECTURES.map((arch) => [arch, 0] as const), [ARCHITECTURES[0]!, X32] as const];
  const answers = calls.flatMap(([arch, bit]) =>
    numbers.flatMap((call) => ARGUMENTS.map((argument) => answer(filter, callData(arch, call + bit, argument)))),
  );
  return Uint32Array.from(answers);
}

/** `struct seccomp_data`. */
function callData(arch: number, call: number, argument: bigint): Buffer {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call, 0);
  data.writeUInt32LE(arch, 4);
  data.writeBigUInt64LE(argument, 16);
  return data;
}

/** The instructions that filters are made of. */
function answer(filter: Buffer, data: Buffer): number {
  let value = 0;
  for (let at = 0; ; at += 8) {
    const code = filter.readUInt16LE(at);
    const operand = filter.readUInt32LE(at + 4);
    const jump = (taken: boolean): number => filter[at + (taken ? 2 : 3)]! * 8;
    switch (code) {
      case 0x20: // ld [k]
        value = data.readUInt32LE(operand);
        break;
      case 0x54: // and
        value = (value & operand) >>> 0;
        break;
      case 0x05: // ja
        at += operand * 8;
        break;
      case 0x15: // jeq
        at += jump(value === operand);
        break;
      case 0x25: // jgt
        at += jump(value > operand);
        break;
      case 0x35: // jge
        at += jump(value >= operand);
        break;
      case 0x45: // jset
        at += jump((value & operand) !== 0);
        break;
      case 0x06: // ret
        return operand;
      default:
        throw new Error(`no instruction of a filter: ${code.toString(16)}`);
    }
  }
}
