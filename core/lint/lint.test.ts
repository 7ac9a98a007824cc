import { describe, expect, it } from 'vitest';
import { shell } from '../bash/shell.test-support.ts';
import type { Position, Range } from '../dockerfile/ast.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { fileTree } from '../plan/file-tree.ts';
import { applyEdits } from './apply-edits.ts';
import { type Finding, type LintOptions, lintDockerfile, RULES } from './lint.ts';

function lint(text: string, options?: LintOptions): Finding[] {
  return lintDockerfile(readDockerfile(text).value, text, { shell, ...options });
}

/** What one rule says of a text: the words that it underlines, and its message. */
function told(code: string, text: string, options?: LintOptions): string[] {
  return lint(text, options)
    .filter((finding) => finding.code === code)
    .map(({ range, message }) => `${between(text, range)} | ${message}`);
}

function between(text: string, { start, end }: Range): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: Position): number =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + character;
  return text.slice(offset(start), offset(end));
}

/** The text after the first fix of a rule's every finding, one after the other. */
function fixed(code: string, text: string): string {
  const finding = lint(text).find((each) => each.code === code && each.fixes.length > 0);
  const fix = finding?.fixes[0];
  return fix ? fixed(code, applyEdits(text, fix.edits)) : text;
}

interface Case {
  readonly code: string;
  readonly text: string;
  readonly tells: readonly string[];
  /** Absent where there is no fix. */
  readonly fixed?: string;
}

const CASES: readonly Case[] = [
  {
    code: 'StageNameCasing',
    text: 'FROM a AS Base\nFROM base\nCOPY --from=Base / /\nRUN --mount=from=BASE,target=/x y',
    tells: ["Base | Stage name 'Base' should be lowercase"],
    fixed: 'FROM a AS base\nFROM base\nCOPY --from=base / /\nRUN --mount=from=base,target=/x y',
  },
  {
    code: 'FromAsCasing',
    text: 'FROM a as b\nfrom a AS c\nFrom a as d\nFROM a AS e',
    tells: ["as | 'as' and 'FROM' keywords' casing do not match", "AS | 'AS' and 'from' keywords' casing do not match"],
    fixed: 'FROM a AS b\nfrom a as c\nFrom a as d\nFROM a AS e',
  },
  {
    code: 'NoEmptyContinuation',
    text: 'FROM a\nRUN b && \\\n\n  c && \\\n  # why\n  \n  d\nRUN e \\\n  f',
    tells: ['\n | Empty continuation line'],
    fixed: 'FROM a\nRUN b && \\\n  c && \\\n  # why\n  d\nRUN e \\\n  f',
  },
  {
    code: 'ConsistentInstructionCasing',
    text: 'arg V\nFROM a\nrun b\nCopy c d\nUSER e',
    tells: [
      "run | Command 'run' should match the case of the command majority (uppercase)",
      "Copy | Command 'Copy' should match the case of the command majority (uppercase)",
    ],
    fixed: 'arg V\nFROM a\nRUN b\nCOPY c d\nUSER e',
  },
  {
    code: 'ConsistentInstructionCasing',
    text: 'from a\nrun b\nUSER e',
    tells: ["USER | Command 'USER' should match the case of the command majority (lowercase)"],
    fixed: 'from a\nrun b\nuser e',
  },
  {
    code: 'DuplicateStageName',
    text: 'FROM a AS b\nFROM a AS B\nFROM a AS c',
    tells: ['B | Duplicate stage name "b", stage names should be unique'],
    fixed: 'FROM a AS b\nFROM a AS b-2\nFROM a AS c',
  },
  {
    code: 'DuplicateStageName',
    text: 'FROM a AS b\nFROM b AS b\nFROM b AS B\nCOPY --from=b / /',
    tells: ['b', 'B'].map((name) => `${name} | Duplicate stage name "b", stage names should be unique`),
    fixed: 'FROM a AS b\nFROM b AS b-2\nFROM b-2 AS b-3\nCOPY --from=b-3 / /',
  },
  {
    code: 'ReservedStageName',
    text: 'FROM a AS scratch\nFROM a AS Context\nFROM a AS b',
    tells: [
      'scratch | Stage name should not use the same name as reserved stage "scratch"',
      'Context | Stage name should not use the same name as reserved stage "context"',
    ],
    fixed: 'FROM a AS scratch-stage\nFROM a AS context-stage\nFROM a AS b',
  },
  {
    code: 'JSONArgsRecommended',
    text: 'FROM a\nENTRYPOINT nginx -g "daemon off;"\nFROM a\nCMD echo $HOME\nFROM a\nSHELL ["/bin/bash", "-c"]\nCMD b\nFROM a\nCMD ["b"]',
    tells: [
      'nginx -g "daemon off;" | JSON arguments recommended for ENTRYPOINT to prevent unintended behavior related to OS signals',
      'echo $HOME | JSON arguments recommended for CMD to prevent unintended behavior related to OS signals',
    ],
    fixed:
      'FROM a\nENTRYPOINT ["nginx", "-g", "daemon off;"]\nFROM a\nCMD echo $HOME\nFROM a\nSHELL ["/bin/bash", "-c"]\nCMD b\nFROM a\nCMD ["b"]',
  },
  {
    code: 'MaintainerDeprecated',
    text: 'FROM a\nMAINTAINER Ann "Bee" <a@b.c> $5',
    tells: ['MAINTAINER | Maintainer instruction is deprecated in favor of using label'],
    fixed: 'FROM a\nLABEL org.opencontainers.image.authors="Ann \\"Bee\\" <a@b.c> \\$5"',
  },
  {
    code: 'UndefinedArgInFrom',
    text: `ARG VERSION\nFROM --platform=$BULDPLATFORM a:\${VERSON:-1}$OTHER$VERSION`,
    tells: [
      "$BULDPLATFORM | FROM argument 'BULDPLATFORM' is not declared (did you mean BUILDPLATFORM?)",
      "VERSON | FROM argument 'VERSON' is not declared (did you mean VERSION?)",
      "$OTHER | FROM argument 'OTHER' is not declared",
    ],
    fixed: `ARG VERSION\nFROM --platform=$BUILDPLATFORM a:\${VERSION:-1}$OTHER$VERSION`,
  },
  {
    code: 'WorkdirRelativePath',
    text: 'FROM a AS b\nWORKDIR x\nWORKDIR y\nFROM b\nWORKDIR z\nFROM a\nWORKDIR /x\nWORKDIR y\nFROM --platform=windows/amd64 a\nWORKDIR C:/x',
    tells: ['x | Relative workdir "x" can have unexpected results if the base image changes'],
    fixed:
      'FROM a AS b\nWORKDIR /x\nWORKDIR y\nFROM b\nWORKDIR z\nFROM a\nWORKDIR /x\nWORKDIR y\nFROM --platform=windows/amd64 a\nWORKDIR C:/x',
  },
  {
    code: 'UndefinedVar',
    text: `FROM a\nENV APP_DIR=/x\nWORKDIR $APP_DIR/\${AP_DIR}\nCOPY a $PATH/$NOPE/\${NOPE}\nARG P\nUSER $P\nRUN echo $NOT_MINE`,
    tells: [
      `\${AP_DIR} | Usage of undefined variable '$AP_DIR' (did you mean $APP_DIR?)`,
      "$NOPE | Usage of undefined variable '$NOPE'",
    ],
    fixed: `FROM a\nENV APP_DIR=/x\nWORKDIR $APP_DIR/\${APP_DIR}\nCOPY a $PATH/$NOPE/\${NOPE}\nARG P\nUSER $P\nRUN echo $NOT_MINE`,
  },
  {
    code: 'UndefinedVar',
    text: 'FROM scratch\nCOPY <<EOF /a\n$PATH\n  $GONE\nEOF\nCOPY <<"EOF" /b\n$KEPT\nEOF',
    tells: ["$GONE | Usage of undefined variable '$GONE'"],
  },
  {
    code: 'MultipleInstructionsDisallowed',
    text: 'FROM a\nCMD ["b"]\nENTRYPOINT ["c"]\nCMD \\\n ["d"]\nCMD ["e"]\nFROM a\nCMD ["b"]',
    tells: [
      'CMD | Multiple CMD instructions should not be used in the same stage because only the last one will be used',
      'CMD | Multiple CMD instructions should not be used in the same stage because only the last one will be used',
    ],
    fixed: 'FROM a\nENTRYPOINT ["c"]\nCMD ["e"]\nFROM a\nCMD ["b"]',
  },
  {
    code: 'LegacyKeyValueFormat',
    text: 'FROM a\nENV A b\nENV C d e\nLABEL f "g h"\nENV I j \\\n  k\nENV L m "n"\nENV O=p',
    tells: ['A', 'C', 'f', 'I', 'L'].map((name) => {
      const keyword = name === 'f' ? 'LABEL' : 'ENV';
      return `${name} | "${keyword} key=value" should be used instead of legacy "${keyword} key value" format`;
    }),
    fixed: 'FROM a\nENV A=b\nENV C="d e"\nLABEL f="g h"\nENV I="j \\\n  k"\nENV L m "n"\nENV O=p',
  },
  {
    code: 'RedundantTargetPlatform',
    text: `FROM --platform=$TARGETPLATFORM a AS b\nFROM --platform=\${TARGETPLATFORM} a\nFROM --platform=$TARGETOS/$TARGETARCH a`,
    tells: ['$TARGETPLATFORM', `\${TARGETPLATFORM}`].map(
      (variable) =>
        `--platform=${variable} | Setting platform to predefined ${variable} in FROM is redundant as this is the default behavior`,
    ),
    fixed: 'FROM a AS b\nFROM a\nFROM --platform=$TARGETOS/$TARGETARCH a',
  },
  {
    code: 'SecretsUsedInArgOrEnv',
    text: 'ARG TOKEN\nFROM a\nARG TOKEN PUBLIC_KEY\nENV DB_PASSWORD=x PASSWORD_FILE=/x MONKEY=y',
    tells: [
      'TOKEN | Do not use ARG or ENV instructions for sensitive data (ARG "TOKEN")',
      'DB_PASSWORD | Do not use ARG or ENV instructions for sensitive data (ENV "DB_PASSWORD")',
    ],
  },
  {
    code: 'InvalidDefaultArgInFrom',
    text: 'ARG IMAGE\nARG TAG=1\nFROM $IMAGE\nFROM a:$TAG',
    tells: ['$IMAGE | Default value for ARG $IMAGE results in empty or invalid base image name'],
  },
  {
    code: 'FromPlatformFlagConstDisallowed',
    text: 'FROM --platform=linux/amd64 a\nFROM --platform=linux/amd64 a AS amd64-tools\nFROM --platform=$BUILDPLATFORM a\nFROM --platform=linux a AS b',
    tells: [
      'linux/amd64 | FROM --platform flag should not use constant value "linux/amd64"',
      'linux | FROM --platform flag should not use constant value "linux"',
    ],
    fixed: 'FROM a\nFROM --platform=linux/amd64 a AS amd64-tools\nFROM --platform=$BUILDPLATFORM a\nFROM a AS b',
  },
  {
    code: 'ExposeProtoCasing',
    text: 'FROM a\nEXPOSE 80/TCP 81/udp 82',
    tells: ["TCP | Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"],
    fixed: 'FROM a\nEXPOSE 80/tcp 81/udp 82',
  },
  {
    code: 'ExposeInvalidFormat',
    text: 'FROM a\nEXPOSE 80 8080:80/udp 127.0.0.1:81:81',
    tells: ['8080:80/udp', '127.0.0.1:81:81'].map(
      (port) => `${port} | EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
    ),
    fixed: 'FROM a\nEXPOSE 80 80/udp 81',
  },
  {
    code: 'InvalidDefinitionDescription',
    text: '# check=experimental=all\n# bar is this\nARG foo=bar\n# foo is this\nARG foo\n# Base is\nFROM a AS Base\n# no\n#\nARG x\n# many\nARG y z',
    tells: [
      '# bar is this | Comment for ARG should follow the format: `# foo <description>`',
      '# Base is | Comment for FROM should follow the format: `# base <description>`',
      '# many | Comment for ARG should follow the format: `# <arg_key> <description>`',
    ],
    fixed:
      '# check=experimental=all\n# foo bar is this\nARG foo=bar\n# foo is this\nARG foo\n# base is\nFROM a AS Base\n# no\n#\nARG x\n# many\nARG y z',
  },
  {
    code: 'DL3006',
    text: 'ARG I=a\nFROM debian AS base\nFROM base\nFROM scratch\nFROM $I\nFROM a:1\nFROM a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    tells: ['debian | debian has no tag, so every build may get another image; name a version'],
  },
  {
    code: 'DL3007',
    text: 'FROM host:5000/a:latest\nFROM a:1\nFROM a',
    tells: ['latest | host:5000/a:latest is another image after every release; name a version'],
  },
  {
    code: 'DL3009',
    text: 'FROM a AS tools\nRUN apt-get update\nFROM a\nRUN apt-get update && \\\n    apt-get install -y b\nRUN <<EOF\napt update\nrm -rf /var/lib/apt/lists/*\nEOF\nRUN --mount=type=cache,target=/var/lib/apt/lists apt-get update',
    tells: [
      'apt-get update | The package lists that apt-get update fetches stay in this layer; remove /var/lib/apt/lists/* in the same RUN',
    ],
    fixed:
      'FROM a AS tools\nRUN apt-get update\nFROM a\nRUN apt-get update && \\\n    apt-get install -y b \\\n    && rm -rf /var/lib/apt/lists/*\nRUN <<EOF\napt update\nrm -rf /var/lib/apt/lists/*\nEOF\nRUN --mount=type=cache,target=/var/lib/apt/lists apt-get update',
  },
  {
    code: 'DL3015',
    text: 'FROM a\nRUN DEBIAN_FRONTEND=noninteractive apt-get -y \\\n  install b\nRUN <<EOF\nset -e\n  apt-get install c # why\nEOF\nRUN ["apt-get", "install", "d"]\nRUN apt-get install --no-install-recommends e',
    tells: ['apt-get -y \\\n  install', 'apt-get install', '"apt-get", "install"'].map(
      (words) =>
        `${words} | apt-get install brings recommended packages too; add --no-install-recommends and name those that are needed`,
    ),
    fixed:
      'FROM a\nRUN DEBIAN_FRONTEND=noninteractive apt-get -y \\\n  install --no-install-recommends b\nRUN <<EOF\nset -e\n  apt-get install --no-install-recommends c # why\nEOF\nRUN ["apt-get", "install", "--no-install-recommends", "d"]\nRUN apt-get install --no-install-recommends e',
  },
];

describe('rules', () => {
  it.each(CASES)('$code underlines what is wrong in $text', ({ code, text, tells }) => {
    expect(told(code, text)).toEqual(tells);
  });

  it.each(CASES)('$code is taken away by its fixes in $text', ({ code, text, fixed: expected }) => {
    expect(fixed(code, text)).toBe(expected ?? text);
  });

  it('have names of their own, and codes that others say only of what they do, too', () => {
    for (const names of [RULES.map(({ id }) => id), RULES.map(({ code }) => code)]) {
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    }
    const shared = RULES.filter(({ code }) => RULES.some(({ aliases }) => aliases.includes(code)));
    expect(shared.map(({ code }) => code)).toEqual(['DL3000', 'DL3025', 'DL3029', 'DL3064']);
  });

  it('find nothing in what they would write themselves', () => {
    const text =
      'ARG TAG=1\nFROM a:$TAG AS build\nWORKDIR /src\nCOPY . .\nRUN make\nFROM scratch\nCOPY --from=build /src/a /a\nENTRYPOINT ["/a"]\n';
    expect(lint(text)).toEqual([]);
  });

  it('say where BuildKit reports a finding: on the lines of the instruction', () => {
    const [finding] = lint('FROM a:1\nCOPY x \\\n  $GONE');
    expect(finding?.range.start).toEqual({ line: 2, character: 2 });
    expect(finding?.lines).toEqual({ start: 1, end: 2 });
  });

  it('name packages as they are written, and an example that can be followed', () => {
    expect(told('DL3008', 'FROM a:1\nRUN apt-get install -y $(cat list) $MORE git')).toEqual([
      '$(cat list) $MORE git | Every build may get another version of $(cat list), ${MORE}, git; pin it: apt-get … install git=VERSION',
    ]);
    expect(told('DL3018', 'FROM a:1\nRUN apk add $MORE')).toEqual([
      '$MORE | Every build may get another version of ${MORE}; pin it: apk … add NAME=VERSION',
    ]);
  });

  it('name one of several files that a later layer deletes, and what they come to', () => {
    const file = (path: string, size: number) => ({ path, type: 'file' as const, size, mode: 0o644, mtime: 0 });
    const context = { tree: fileTree([file('a.sh', 1000), file('b.sh', 500)]) };
    const text = (copies: string) => `FROM a:1\n${copies}\nRUN sh /tmp/s/a.sh && rm -r /tmp/s`;
    expect(told('deleted-in-later-layer', text('COPY a.sh b.sh /tmp/s/'), { context })).toEqual([
      '/tmp/s | /tmp/s/a.sh and 1 more, 1.5kB, stay in the layer of the COPY above; this only hides them',
    ]);
    expect(told('deleted-in-later-layer', text('COPY a.sh /tmp/s/\nADD c.sh /tmp/s/'), { context })).toEqual([
      '/tmp/s | /tmp/s/a.sh and 1 more stay in the layers above; this only hides them',
    ]);
    expect(told('deleted-in-later-layer', text('COPY a.sh /tmp/s/'), { context })).toEqual([
      '/tmp/s | /tmp/s/a.sh, 1kB, stays in the layer of the COPY above; this only hides it',
    ]);
  });

  it('report a trigger of a stage at the FROM that fires it', () => {
    const text = 'FROM a:1 AS b\nONBUILD WORKDIR x\nFROM b\nRUN c';
    expect(told('WorkdirRelativePath', text)).toEqual([
      'FROM b | Relative workdir "x" can have unexpected results if the base image changes',
    ]);
  });
});

describe('what findings depend on', () => {
  it('is the environment of the base image, where it is known', () => {
    const text = 'FROM golang:1\nWORKDIR $GOPATH/$GOHOME';
    expect(told('UndefinedVar', text).length).toBe(2);
    const baseOf = (reference: string) => (reference === 'golang:1' ? { env: ['GOPATH=/go'] } : undefined);
    expect(told('UndefinedVar', text, { baseOf })).toEqual(["$GOHOME | Usage of undefined variable '$GOHOME'"]);
    expect(told('UndefinedVar', text, { baseOf: () => undefined })).toEqual([]);
  });

  it('is the base image’s shell: shell form is meant then', () => {
    const baseOf = () => ({ env: [], shell: ['cmd', '/S', '/C'] });
    expect(told('JSONArgsRecommended', 'FROM a\nCMD b', { baseOf })).toEqual([]);
  });

  it('is where a variable of the base image leads, where nothing is known of it', () => {
    const baseOf = (): undefined => undefined;
    expect(told('WorkdirRelativePath', 'FROM a:1\nWORKDIR $HOME')).toHaveLength(1);
    expect(told('WorkdirRelativePath', 'FROM a:1\nWORKDIR "${HOME}/b"\nWORKDIR $HOME', { baseOf })).toEqual([]);
    expect(told('WorkdirRelativePath', 'FROM a:1\nWORKDIR b/$HOME', { baseOf })).toHaveLength(1);
    const known = () => ({ env: ['HOME=b'] });
    expect(told('WorkdirRelativePath', 'FROM a:1\nWORKDIR $HOME', { baseOf: known })).toHaveLength(1);
  });

  it('are build args', () => {
    const text = 'ARG TARGETPLATFORM=x\nFROM $IMAGE\nRUN a';
    expect(told('UndefinedArgInFrom', `ARG IMAGE\n${text}`, { buildArgs: { IMAGE: 'b:1' } })).toEqual([]);
    expect(told('InvalidDefaultArgInFrom', `ARG IMAGE\n${text}`, { buildArgs: { IMAGE: 'b:1' } })).toHaveLength(1);
  });
});

describe('half-written files', () => {
  it('do not run out of memory where variables double themselves', () => {
    const doubling = 'ENV A=$A$A\n'.repeat(100);
    expect(() => lint(`FROM a:1\nENV A=aaaa\n${doubling}`)).not.toThrow();
    expect(() => lint(`ARG A=aaaa\n${doubling.replaceAll('ENV', 'ARG')}FROM a:$A`)).not.toThrow();
  });

  it.each([
    '',
    'FROM',
    'FROM  AS',
    'FROM a AS',
    'ENV',
    'ENV A',
    'CMD',
    'ONBUILD',
    'ONBUILD CMD',
    'EXPOSE',
    'COPY <<',
    'LABEL =',
  ])('do not make rules throw: %j', (line) => {
    expect(() => lint(line)).not.toThrow();
    expect(() => lint(`FROM a\n${line}\n`)).not.toThrow();
    expect(() => lint(`FROM a AS b\nONBUILD ${line}\nFROM b`)).not.toThrow();
  });
});

describe('fixes that guess', () => {
  it.each([
    ['DL3066', 'FROM a:1\nRUN useradd -g app -u 7 bob\nUSER app\n'],
    ['DL3066', 'FROM a:1 AS b\nRUN useradd -u 7 app\nFROM c:1\nUSER app\n'],
    ['DL3022', 'FROM a:1 AS b\nFROM a:1\nCOPY --from=c /d /e\n'],
    ['DL3045', 'FROM a:1\nCOPY a ../b\nCOPY a .\nCOPY ["a", "b"]\n'],
    ['DL3044', 'FROM a:1\nENV B=$A A=1\n'],
    ['DL3010', 'FROM a:1\nCOPY --chown=1 a.tgz /t/\nRUN tar -xzf /t/a.tgz -C /opt\n'],
    ['DL3010', 'FROM a:1\nCOPY a.tgz /t/\nRUN tar -xzf /t/a.tgz -C /opt --strip-components=1\n'],
    ['DL4005', 'FROM a:1\nRUN a && ln -s /bin/bash /bin/sh\n'],
    ['DL3000', 'FROM a:1\nWORKDIR /$A\nWORKDIR b\n'],
    ['DL3002', 'FROM a:1\nUSER root\n'],
    ['InvalidDefinitionDescription', '# check=experimental=all\nFROM a:1\n# hadolint ignore=DL3006\nARG a\n'],
    ['user-unknown', 'FROM scratch\nUSER app\n'],
    ['user-unknown', 'FROM alpine:3\nUSER nobody\nUSER app\n'],
    ['deleted-in-later-layer', 'FROM a:1\nRUN curl -o /t a\nUSER 1\nRUN rm /t\n'],
    ['package-update-alone', 'FROM a:1\nRUN apt-get update\nUSER 1\nRUN apt-get install -y a\n'],
    ['DL3009', 'FROM a:1\nRUN apt-get update\nRUN apt-get install -y a\n'],
    ['DL3059', 'FROM a:1\nRUN a # why\nRUN b\n'],
    ['package-update-alone', 'FROM a:1\nRUN --network=host apt-get update\nRUN apt-get install -y a\n'],
  ])('of %s leave alone what they cannot know of %j', (code, text) => {
    expect(told(code, text)).not.toEqual([]);
    expect(fixed(code, text)).toBe(text);
  });
});
