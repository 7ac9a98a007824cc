/** Where a process wrote something. */
export type OutputName = 'stdout' | 'stderr';

const NUMBER = { stdout: 1, stderr: 2 } as const;

/** One frame of the multiplexed stream of a container without a tty (Docker Engine API, ContainerAttach, Stream format). */
export function frame(name: OutputName, data: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(8 + data.length);
  out.writeUInt32BE(NUMBER[name] * 0x1000000, 0);
  out.writeUInt32BE(data.length, 4);
  out.set(data, 8);
  return out;
}
