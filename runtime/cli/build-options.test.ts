import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.ts';
import { checkAccepted } from './build-docker-options.ts';
import { buildQuery } from './build-query.ts';
import { build } from './commands/build.ts';

const read = (...args: string[]) => readArguments([...args, '.'], build.options, false, build.otherOptions);

/** What `docker buildx build` has (docs.docker.com/reference/cli/docker/buildx/build, 0.30), with a value where it takes one. */
const OF_BUILDX = [
  ...['--add-host=a:1', '--allow=network.host', '--annotation=a=b', '--attest=type=sbom', '--build-arg=a=b'],
  ...[
    '--build-context=a=b',
    '--builder=x',
    '--cache-from=a',
    '--cache-to=type=inline',
    '--call=check',
    '--cgroup-parent=x',
  ],
  ...['--check', '--debug', '-D', '--file=x', '-f=x', '--iidfile=x', '--label=a=b', '--load', '--metadata-file=x'],
  ...[
    '--network=none',
    '--no-cache',
    '--no-cache-filter=a',
    '--output=x',
    '-o=x',
    '--platform=linux/amd64',
    '--policy=x',
  ],
  ...['--progress=plain', '--provenance=false', '--pull', '--push', '--quiet', '-q', '--sbom=false', '--secret=id=x'],
  ...['--shm-size=1m', '--ssh=default', '--tag=x', '-t=x', '--target=x', '--ulimit=nofile=1'],
];

describe('every option of docker buildx build', () => {
  it.each(OF_BUILDX)('%s is taken, or says what to do instead', (option) => {
    let said = '';
    try {
      read(option);
    } catch (error) {
      said = String(error);
    }
    if (said !== '') expect(said).toMatch(/there is no --?[\w-]+ here: .{10}/);
  });
});

it('tells an option that nobody has from one of docker’s', () => {
  expect(() => read('--squash')).toThrow('there is no --squash here: a last stage FROM scratch');
  expect(() => read('--tagg', 'x')).toThrow('unknown option --tagg. Did you mean --tag?');
});

it.each([
  [['--provenance=mode=max'], 'no attestation is made here'],
  [['--sbom=true'], 'write --sbom=false'],
  [['--attest', 'type=provenance,mode=max'], 'leave it out, or add disabled=true'],
  [['--allow', 'network.host,security.secure'], '--allow security.secure: it is network.host or security.insecure'],
])('%j is refused: nothing would come of it', (options, message) => {
  expect(() => checkAccepted(read(...options))).toThrow(message);
});

it('attestations that are off are taken', () => {
  const off = [
    '--provenance=0',
    '--sbom',
    'disabled=true',
    '--attest',
    'type=sbom,disabled=true',
    '--attest=type=provenance,disabled',
  ];
  expect(() => checkAccepted(read(...off))).not.toThrow();
});

it('what follows an option that takes a value is its value, whatever it begins with', () => {
  const words = ['--memory-swap', '-1', '-qc', '-2', '--ulimit', '-x', '--build-arg', '--', 'context'];
  const args = read(...words);
  expect([args.text('memory-swap'), args.text('cpu-shares'), args.has('quiet')]).toEqual(['-1', '-2', true]);
  expect([args.texts('ulimit'), args.texts('build-arg'), args.positionals]).toEqual([['-x'], ['--'], ['context', '.']]);
  expect(read('-q', '--', '--memory-swap', '-1').positionals).toEqual(['--memory-swap', '-1', '.']);
});

it('limits are sent as the API has them', () => {
  const processors = ['--memory-swap=-1', '-c', '512', '--cpu-quota', '5000', '--cpuset-cpus', '0'];
  const options = ['--shm-size', '64m', '--ulimit', 'nofile=100:200', '--ulimit', 'core=0', '-m', '1g', ...processors];
  expect(buildQuery(read(...options), {})).toMatchObject({
    shmsize: 64 << 20,
    ulimits: '[{"Name":"nofile","Soft":100,"Hard":200},{"Name":"core","Soft":0,"Hard":0}]',
    memory: 1 << 30,
    memswap: -1,
    cpushares: 512,
    cpuquota: 5000,
    cpusetcpus: '0',
  });
  expect(() => buildQuery(read('--ulimit', 'nofile'), {})).toThrow("--ulimit is NAME=SOFT[:HARD], not 'nofile'");
  expect(() => buildQuery(read('--cpu-period', 'long'), {})).toThrow("--cpu-period is a number, not 'long'");
  expect(() => buildQuery(read('--shm-size', 'much'), {})).toThrow("--shm-size is a size such as 64m, not 'much'");
});
