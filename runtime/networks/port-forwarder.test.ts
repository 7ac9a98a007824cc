import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostDialler } from './host-dialler.ts';
import { type PublishedPorts, publishPorts } from './port-forwarder.ts';

const of = { containerName: 'boat', endpointId: 'e1' };

describe('a published port', () => {
  let container: Server;
  let published: PublishedPorts;
  const publish = async (hostIp: string, hostPort: number): Promise<PublishedPorts> => {
    const containerPort = (container.address() as AddressInfo).port;
    return publishPorts([{ containerPort, protocol: 'tcp', hostIp, hostPort }], { ip: '127.0.0.1' }, hostDialler, of);
  };
  const talk = async (text: string | Buffer): Promise<string> => {
    const client = connect({ port: published.ports[0]!.hostPort, host: '127.0.0.1', allowHalfOpen: true });
    client.end(text);
    let answer = '';
    for await (const chunk of client) answer += String(chunk);
    return answer;
  };

  beforeEach(async () => {
    // Answers only once the client has ended its side.
    container = createServer({ allowHalfOpen: true }, (socket) => {
      let size = 0;
      socket.on('data', (chunk) => {
        size += chunk.length;
      });
      socket.on('end', () => socket.end(`got ${size}`));
      socket.on('error', () => socket.destroy());
    });
    container.listen(0, '127.0.0.1');
    await once(container, 'listening');
    published = await publish('127.0.0.1', 0);
  });
  afterEach(async () => {
    await published[Symbol.asyncDispose]();
    container.close();
  });

  it('passes bytes on, and the end of each direction by itself', async () => {
    expect(await talk('hello')).toBe('got 5');
    expect(await talk(Buffer.alloc(3_000_000))).toBe('got 3000000');
  });

  it('breaks the connection when nobody listens in the container', async () => {
    const closed = once(container, 'close');
    container.close();
    await closed;
    await expect(talk('x')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('is refused in Docker’s words when it is taken, with nothing left bound', async () => {
    const { hostPort } = published.ports[0]!;
    await expect(publish('127.0.0.1', hostPort)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'port-taken',
      message: `driver failed programming external connectivity on endpoint boat (e1): Bind for 127.0.0.1:${hostPort} failed: port is already allocated`,
    });
  });

  it('is free again afterwards', async () => {
    const { hostPort } = published.ports[0]!;
    await published[Symbol.asyncDispose]();
    published = await publish('127.0.0.1', hostPort);
    expect(await talk('x')).toBe('got 1');
  });

  it('is the first free one of a range, and refused where none is', async () => {
    const first = published.ports[0]!.hostPort;
    const request = {
      containerPort: (container.address() as AddressInfo).port,
      protocol: 'tcp',
      hostIp: '127.0.0.1',
    } as const;
    const range = { ...request, hostPort: first, lastHostPort: Math.min(first + 20, 65535) };
    await using second = await publishPorts([range, range], { ip: '127.0.0.1' }, hostDialler, of);
    const [a = 0, b = 0] = second.ports.map(({ hostPort }) => hostPort);
    expect(a).toBeGreaterThan(first);
    expect(b).toBeGreaterThan(a);
    const full = publishPorts(
      [
        { ...range, lastHostPort: first + 1 },
        { ...range, lastHostPort: first + 1 },
      ],
      { ip: '127.0.0.1' },
      hostDialler,
      of,
    );
    await expect(full).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining(`Bind for ${first}-${first + 1} failed: all ports are allocated`),
    });
  });

  it('has the same number on IPv4 and IPv6', async () => {
    await published[Symbol.asyncDispose]();
    published = await publish('', 0);
    expect(new Set(published.ports.map((port) => port.hostPort)).size).toBe(1);
    expect(published.ports[0]?.hostIp).toBe('0.0.0.0');
  });
});

it('a published UDP port brings answers back to each client', async () => {
  const echo = createSocket('udp4');
  echo.on('message', (datagram, from) => echo.send(datagram, from.port, from.address));
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  await using published = await publishPorts(
    [{ containerPort: echo.address().port, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 0 }],
    { ip: '127.0.0.1' },
    hostDialler,
    of,
  );
  const clients = [createSocket('udp4'), createSocket('udp4')];
  const answers = clients.map(async (client, index) => {
    const answer = once(client, 'message');
    client.send(`from ${index}`, published.ports[0]!.hostPort, '127.0.0.1');
    return String((await answer)[0]);
  });
  expect(await Promise.all(answers)).toEqual(['from 0', 'from 1']);
  for (const socket of [...clients, echo]) socket.close();
});
