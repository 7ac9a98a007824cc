import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { defaultMappings, isFree, parsePort, portBindings } from './ports.ts';

it('publishes each exposed port under its own number', () => {
  expect(defaultMappings({ '8080/tcp': {}, '53/udp': {}, nonsense: {} })).toEqual([
    { container: 53, protocol: 'udp', host: 53 },
    { container: 8080, protocol: 'tcp', host: 8080 },
  ]);
  expect(defaultMappings(null)).toEqual([]);
});

it('writes an empty host port where the engine is to choose', () => {
  expect(portBindings([{ container: 8080, protocol: 'tcp', host: 0 }])).toEqual({
    ExposedPorts: { '8080/tcp': {} },
    PortBindings: { '8080/tcp': [{ HostPort: '' }] },
  });
});

it('knows a port that something listens on', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '0.0.0.0', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  expect(await isFree(port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isFree(port)).toBe(true);
});

it.each([
  ['', 0],
  [' 8080 ', 8080],
  ['65536', undefined],
  ['0', undefined],
  ['http', undefined],
])('reads “%s” as %s', (text, port) => {
  expect(parsePort(text)).toBe(port);
});
