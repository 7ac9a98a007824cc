import type { INSTRUCTION_FLAGS } from '../../core/dockerfile/flag-set.ts';
import { NETWORK_MODES, SECURITY_MODES } from '../../core/dockerfile/read-run.ts';

type InstructionFlags = typeof INSTRUCTION_FLAGS;
type Docs = { readonly [Name in keyof InstructionFlags]: Readonly<Record<keyof InstructionFlags[Name], string>> };

const CHMOD = 'Mode of what arrives: octal (`0644`) or symbolic (`u=rwX,go=rX`). Without it files keep theirs.';
const CHOWN = 'Owner of what arrives, `user[:group]`, by name or number. Without it: `0:0` for files of the context.';
const EXCLUDE =
  'Leaves paths out that match the pattern; read like a line of `.dockerignore`. May be given several times.';
const LINK = 'Makes a layer that does not depend on those below it, so that it stays cached when they change.';

const DOCS: Docs = {
  ADD: {
    checksum: 'Checksum of the file that a URL brings (`sha256:…`), or the commit of a repository; another one fails.',
    chmod: CHMOD,
    chown: CHOWN,
    exclude: EXCLUDE,
    'keep-git-dir': 'Keeps the `.git` folder of a repository that is added.',
    link: LINK,
    unpack: 'Whether tar archives are unpacked: local ones are without it, those of URLs are not.',
  },
  COPY: {
    chmod: CHMOD,
    chown: CHOWN,
    exclude: EXCLUDE,
    from: 'Takes files of an earlier stage (by name or number), of a named context or of an image instead of the context.',
    link: LINK,
    parents: 'Keeps the directories of the sources; `/./` in a source says where they begin.',
  },
  FROM: {
    platform: 'Platform of the image, `os/architecture[/variant]`; without it that of the build (`$TARGETPLATFORM`).',
  },
  HEALTHCHECK: {
    interval: 'Time between two checks. Default `30s`.',
    retries: 'How many checks in a row must fail until the container counts as unhealthy. Default 3.',
    'start-interval': 'Time between two checks while the container starts. Default `5s`.',
    'start-period': 'How long after its start failed checks do not count. Default `0s`.',
    timeout: 'How long a check may take. Default `30s`.',
  },
  RUN: {
    device: 'Gives the command a device by its CDI name; `,required` fails without it.',
    mount: 'Mounts files while the command runs: of the context, of a stage, a cache, a secret, memory.',
    network: 'What the command reaches: `default`, `none`, or `host`, which builders must allow.',
    security: '`sandbox`, or `insecure`: without sandbox, which builders must allow.',
  },
};

const BOOLEANS = ['true', 'false'];
const TIMES = ['5s', '10s', '30s', '1m', '5m'];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  'keep-git-dir': BOOLEANS,
  link: BOOLEANS,
  parents: BOOLEANS,
  unpack: BOOLEANS,
  network: NETWORK_MODES,
  security: SECURITY_MODES,
  interval: TIMES,
  timeout: TIMES,
  'start-interval': TIMES,
  'start-period': TIMES,
  retries: ['1', '3', '5'],
  chmod: ['0644', '0755', '644', '755', '0600', '0400', '+x', 'u=rwX,go=rX'],
  checksum: ['sha256:'],
  platform: [
    '$BUILDPLATFORM',
    '$TARGETPLATFORM',
    'linux/amd64',
    'linux/arm64',
    'linux/arm/v7',
    'linux/386',
    'linux/ppc64le',
    'linux/s390x',
    'linux/riscv64',
  ],
};

/** What a flag of an instruction does; undefined for one that it does not have. */
export function flagDoc(instruction: string, flag: string): string | undefined {
  const docs: Readonly<Record<string, Readonly<Record<string, string>>>> = DOCS;
  return Object.hasOwn(docs, instruction) ? docs[instruction]?.[flag] : undefined;
}

/** Usual values of a flag, or all where there is only a choice. */
export function flagValues(flag: string): readonly string[] {
  return (Object.hasOwn(VALUES, flag) ? VALUES[flag] : undefined) ?? [];
}
