import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { WholeMessageWriter } from './message-writer.ts';

const notification = (method: string) => ({ jsonrpc: '2.0', method, params: { text: 'né' } });

describe('a message', () => {
  it('is written with its header at once, and in order with those behind it', async () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk.toString());
        setImmediate(done);
      },
    });
    const writer = new WholeMessageWriter(stream);
    await Promise.all(['a', 'b'].map((method) => writer.write(notification(method))));
    expect(chunks).toEqual(
      ['a', 'b'].map((method) => {
        const body = JSON.stringify(notification(method));
        return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      }),
    );
  });

  it('that cannot be written is refused, and told as an error of the connection', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const writer = new WholeMessageWriter(stream);
    const told: (number | undefined)[] = [];
    writer.onError(([, message, count]) => {
      if (message !== undefined) told.push(count);
    });
    await expect(writer.write(notification('a'))).rejects.toThrow('EPIPE');
    expect(told).toEqual([1]);
  });
});
