import { describe, expect, it } from 'vitest';
import { hostsFile, resolvConf } from './etc-files.ts';

describe('/etc/hosts', () => {
  it('names the container after the extra hosts', () => {
    const text = hostsFile({ hostname: 'abc', ips: ['172.17.0.2'], extraHosts: ['db:10.0.0.5', 'v6:fd00::1'] });
    expect(text.split('\n').slice(-4)).toEqual(['10.0.0.5\tdb', 'fd00::1\tv6', '172.17.0.2\tabc', '']);
    expect(text).toContain('127.0.0.1\tlocalhost\n');
  });

  it('has the domain name first', () => {
    expect(hostsFile({ hostname: 'abc', domainname: 'example.org', ips: ['10.0.0.2'] })).toContain(
      '10.0.0.2\tabc.example.org abc\n',
    );
    expect(hostsFile({ hostname: 'abc.example.org', ips: ['10.0.0.2'] })).toContain('\tabc.example.org abc\n');
  });

  it('is the machine’s own where the network is', () => {
    const base = '127.0.0.1 localhost\n10.0.0.9 store\n';
    expect(hostsFile({ base, hostname: 'abc', ips: [], extraHosts: ['db:10.0.0.5'] })).toBe(`${base}10.0.0.5\tdb\n`);
  });
});

describe('/etc/resolv.conf', () => {
  const host =
    '# made by hand\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nsearch example.org\noptions ndots:2 edns0\n';

  it('leaves out name servers that a container cannot reach', () => {
    expect(resolvConf(host)).toBe('nameserver 10.0.0.1\nsearch example.org\noptions ndots:2 edns0\n');
    expect(resolvConf('nameserver 127.0.0.53\n', { fallback: ['10.0.2.3'] })).toBe('nameserver 10.0.2.3\n');
  });

  it('keeps them where the host’s network is shared', () => {
    expect(resolvConf(host, { sharesHost: true })).toContain('nameserver 127.0.0.53\n');
  });

  it('takes what the container says instead', () => {
    expect(resolvConf(host, { dns: ['1.1.1.1'], search: ['.'], dnsOptions: ['ndots:1'] })).toBe(
      'nameserver 1.1.1.1\noptions ndots:1\n',
    );
  });
});
