import type { Image } from './image-store.ts';

/** When an image was made, nanoseconds since the epoch; 0 where its config does not say. */
export function createdNanoseconds(image: Pick<Image, 'config'>): bigint {
  const text = image.config.created ?? '';
  const seconds = Date.parse(text.replace(/\.\d+/, ''));
  if (Number.isNaN(seconds)) return 0n;
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
