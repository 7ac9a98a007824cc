import { expect, it } from 'vitest';
import { emptyConfig } from '../image/config.ts';
import { applyChanges } from './apply-changes.ts';

const config = { ...emptyConfig(), Env: ['PATH=/bin', 'A=1'], Cmd: ['sh'], WorkingDir: '/srv' };

it('applies instructions to a config in their order', () => {
  const { value, problems } = applyChanges(config, [
    'ENV B=$A C="two words"',
    'WORKDIR app',
    'LABEL x=y',
    'EXPOSE 80 53/udp',
    'VOLUME /data',
    'USER nobody',
    'STOPSIGNAL SIGINT',
    'ONBUILD RUN true',
    'HEALTHCHECK --interval=5s CMD true',
    'ENTRYPOINT ["/init"]',
  ]);
  expect(problems).toEqual([]);
  expect(value).toMatchObject({
    Env: ['PATH=/bin', 'A=1', 'B=1', 'C=two words'],
    WorkingDir: '/srv/app',
    Labels: { x: 'y' },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Volumes: { '/data': {} },
    User: 'nobody',
    StopSignal: 'SIGINT',
    OnBuild: ['RUN true'],
    Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5_000_000_000 },
    Entrypoint: ['/init'],
    Cmd: undefined,
  });
});

it('keeps the command that was set beside the entrypoint, in the form that it has', () => {
  const { value } = applyChanges(config, ['CMD echo $A', 'ENTRYPOINT ["/init"]']);
  expect(value).toMatchObject({ Entrypoint: ['/init'], Cmd: ['/bin/sh', '-c', 'echo $A'] });
});

it('leaves a config as it is where there is nothing to apply', () => {
  expect(applyChanges(config, [''])).toEqual({ value: config, problems: [] });
});

it.each([
  ['RUN true', 'RUN is not a valid change command'],
  ['COPY a b', 'COPY is not a valid change command'],
  ['EXPOSE x', /x/],
  ['NONSENSE', /NONSENSE/],
  ['ENV', /ENV/],
])('refuses %s and leaves the config', (change, why) => {
  const { value, problems } = applyChanges(config, [change]);
  expect(value).toBe(config);
  expect(problems.join()).toMatch(why);
});
