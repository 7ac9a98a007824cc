import { describe, expect, it } from 'vitest';
import { parseExposedPort } from './exposed-ports.ts';

describe('a word of EXPOSE', () => {
  it.each([
    ['8080', ['8080/tcp']],
    ['53/UDP', ['53/udp']],
    ['8000-8002/tcp', ['8000/tcp', '8001/tcp', '8002/tcp']],
    ['8080:80', ['80/tcp']],
    ['127.0.0.1:8080:80/sctp', ['80/sctp']],
    ['[::1]::80', ['80/tcp']],
    ['5000-5010:80', ['80/tcp']],
    ['80/', ['80/tcp']],
  ])('%s exposes %j', (word, ports) => {
    expect(parseExposedPort(word)).toMatchObject({ ports });
  });

  it('tells a host part, which EXPOSE has no use for', () => {
    expect(parseExposedPort('8080:80')).toMatchObject({ hasHostPart: true });
    expect(parseExposedPort('80')).toMatchObject({ hasHostPart: false });
  });

  it.each(['', '/tcp', '70000', '80/http', 'x', '90-80', '1.2.3:80:80', '5000-5001:80-85', '80-'])(
    'refuses %j',
    (word) => {
      expect(parseExposedPort(word)).toHaveProperty('problem');
    },
  );
});
