import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Demultiplexer } from './demultiplex.ts';

function frame(stream: number, text: string): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

it('gives whole frames with their stream however the bytes are cut', () => {
  const bytes = Buffer.concat([frame(1, 'out\n'), frame(2, 'error ö\n'), frame(1, ''), frame(1, 'x'.repeat(300))]);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const seen: [string, string][] = [];
      const demultiplexer = new Demultiplexer((data, stream) => seen.push([stream, data.toString()]));
      const ends = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      for (let i = 1; i < ends.length; i++) demultiplexer.write(bytes.subarray(ends[i - 1], ends[i]));
      expect(seen).toEqual([
        ['stdout', 'out\n'],
        ['stderr', 'error ö\n'],
        ['stdout', ''],
        ['stdout', 'x'.repeat(300)],
      ]);
    }),
  );
});
