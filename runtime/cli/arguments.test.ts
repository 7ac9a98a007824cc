import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import { createBody } from './create-body.ts';
import { parsePublished } from './published-port.ts';
import { RUN_OPTIONS } from './run-options.ts';
import { startFailureCode } from './start-failure.ts';
import { suggest } from './usage-error.ts';

const read = (...args: string[]) => readArguments(args, RUN_OPTIONS, true);

describe('options', () => {
  it('end at the first positional, so that the command keeps its own', () => {
    const args = read('-it', '--rm', '-p', '80:80', '-p8080:8080', '-e', 'A=1', 'busybox', 'ls', '-l', '--rm=x');
    expect(args.positionals).toEqual(['busybox', 'ls', '-l', '--rm=x']);
    expect([args.has('interactive'), args.has('tty'), args.has('rm'), args.has('detach')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(args.texts('publish')).toEqual(['80:80', '8080:8080']);
  });

  it.each([
    ['--detahc', 'unknown option --detahc. Did you mean --detach?'],
    ['--zebra', 'unknown option --zebra'],
    ['-Z', 'unknown option -Z'],
  ])('that are unknown (%s) are refused, with the nearest name', (option, message) => {
    expect(() => read(option, 'busybox')).toThrow(message);
  });
});

describe('the body of a create', () => {
  it('says what docker says', () => {
    const args = read(
      '-i',
      '--name',
      'x',
      '-p',
      '127.0.0.1:8080:80/udp',
      '-v',
      './a:/a:ro',
      '-m',
      '64m',
      '--cpus',
      '1.5',
      'app',
      'sh',
    );
    expect(createBody(args, {})).toMatchObject({
      Image: 'app',
      Cmd: ['sh'],
      OpenStdin: true,
      StdinOnce: true,
      ExposedPorts: { '80/udp': {} },
      HostConfig: {
        Memory: 64 << 20,
        NanoCpus: 1_500_000_000,
        Binds: [`${process.cwd()}/a:/a:ro`],
        PortBindings: { '80/udp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] },
      },
    });
  });

  it('takes the value of a variable that is only named from here', () => {
    expect(createBody(read('-e', 'HERE', '-e', 'GONE', '-e', 'B=', 'app'), { HERE: '1' })).toMatchObject({
      Env: ['HERE=1', 'B='],
    });
  });

  it.each([
    [['-m', 'much'], '--memory is a size'],
    [['--cpus', 'x'], '--cpus is a number'],
    [['--restart', 'perhaps'], '--restart is no, on-failure'],
    [['-p', '0:80'], '--publish is'],
    [['-p', '80:80:80:80'], '--publish is'],
  ])('is refused for %j', (options, message) => {
    expect(() => createBody(read(...options, 'app'), {})).toThrow(message);
  });
});

it.each([
  ['80', { key: '80/tcp', hostIp: '', hostPort: '' }],
  ['8080:80', { key: '80/tcp', hostIp: '', hostPort: '8080' }],
  ['127.0.0.1::80', { key: '80/tcp', hostIp: '127.0.0.1', hostPort: '' }],
  ['[::1]:8080:80/udp', { key: '80/udp', hostIp: '::1', hostPort: '8080' }],
])('--publish %s', (text, port) => {
  expect(parsePublished(text)).toEqual(port);
});

it('suggests the nearest name, and none where none is near', () => {
  const names = ['images', 'inspect', 'ps', 'pull'];
  expect(suggest('imgaes', names)).toBe('images');
  expect(suggest('ins', names)).toBe('inspect');
  expect(suggest('zebra', names)).toBeUndefined();
});

it('gives docker’s exit codes for a program that cannot be started', () => {
  expect(startFailureCode('exec: "x": executable file not found in $PATH: unknown')).toBe(127);
  expect(startFailureCode('exec: "/etc": permission denied')).toBe(126);
  expect(startFailureCode('port is already allocated')).toBeUndefined();
});
