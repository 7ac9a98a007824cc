const ZEROS = Buffer.alloc(1 << 16);

/** Whether there is nothing but zero bytes, which a file can hold as a hole. Says no at the first block that has others. */
export function isZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const block = bytes.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(block, 0, block.length, 0, block.length) !== 0) return false;
  }
  return true;
}
