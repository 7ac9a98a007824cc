import { describe, expect, it } from 'vitest';
import { parseTarget, targetUrl } from './target.ts';

const own = { socket: '/run/lapstrake/lapstrake.sock', root: '/var/lib/lapstrake' };

describe('parseTarget', () => {
  it('takes an empty setting, and our own socket, for the own engine', () => {
    expect(parseTarget(' ', own)).toEqual({ target: { kind: 'own', ...own } });
    expect(parseTarget(`unix://${own.socket}`, own)).toEqual({ target: { kind: 'own', ...own } });
  });
  it('reads sockets as URLs and as paths', () => {
    const target = { kind: 'socket', socket: '/var/run/docker.sock' };
    expect(parseTarget('unix:///var/run/docker.sock', own)).toEqual({ target });
    expect(parseTarget('/var/run/docker.sock', own)).toEqual({ target });
  });
  it("gives TCP addresses Docker's default ports", () => {
    expect(parseTarget('tcp://build.example', own)).toEqual({
      target: { kind: 'tcp', protocol: 'http', host: 'build.example', port: 2375 },
    });
    expect(parseTarget('https://[::1]', own)).toEqual({
      target: { kind: 'tcp', protocol: 'https', host: '::1', port: 2376 },
    });
  });
  it.each(['docker', 'unix://relative', 'ssh://me@host', 'tcp://'])('says what is wrong with %s', (text) => {
    expect(parseTarget(text, own)).toHaveProperty('problem');
  });
  it('round-trips through targetUrl', () => {
    for (const url of ['unix:///a.sock', 'tcp://h:1', 'https://[::1]:2376']) {
      const parsed = parseTarget(url, own);
      expect('target' in parsed && targetUrl(parsed.target)).toBe(url);
    }
  });
});
