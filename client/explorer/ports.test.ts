import { expect, it } from 'vitest';
import { describePorts, portUrl, publishedPorts } from './ports.ts';

const ports = [
  { IP: '0.0.0.0', PrivatePort: 8080, PublicPort: 18080, Type: 'tcp' },
  { IP: '::', PrivatePort: 8080, PublicPort: 18080, Type: 'tcp' },
  { IP: '127.0.0.1', PrivatePort: 53, PublicPort: 5353, Type: 'udp' },
  { PrivatePort: 9000, Type: 'tcp' },
];

it('gives each published port once, without those only exposed', () => {
  expect(publishedPorts(ports)).toEqual([
    { host: '127.0.0.1', public: 5353, private: 53, protocol: 'udp' },
    { host: 'localhost', public: 18080, private: 8080, protocol: 'tcp' },
  ]);
  expect(describePorts(ports)).toBe('5353→53/udp, 18080→8080');
});

it('writes the address that a browser opens', () => {
  expect(portUrl({ host: 'localhost', public: 18080, private: 8080, protocol: 'tcp' })).toBe('http://localhost:18080/');
  expect(portUrl({ host: '::1', public: 1443, private: 443, protocol: 'tcp' })).toBe('https://[::1]:1443/');
});
