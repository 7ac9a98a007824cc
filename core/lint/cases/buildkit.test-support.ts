import type { LintOptions } from '../lint.ts';
import type { CaseTable } from './rule-cases.test-support.ts';

const forArm: LintOptions = {
  platform: 'linux/arm64',
  registryOf: (name) => ({
    ...{ exists: true, digest: `sha256:${'1'.repeat(64)}`, size: 1, created: '', layers: 1 },
    platforms: name.includes('multi') ? ['linux/amd64', 'linux/arm64/v8'] : ['linux/amd64'],
  }),
};

/** BuildKit's checks. */
export const BUILDKIT_CASES: CaseTable = {
  StageNameCasing: {
    hits: ['FROM a:1 AS Base', 'FROM a:1 AS b\nFROM a:1 AS C', 'FROM a:1 AS myStage\nCOPY --from=myStage / /'],
    misses: ['FROM a:1 AS base', 'FROM a:1', 'FROM a:1 AS a-1_b'],
  },
  FromAsCasing: {
    hits: ['FROM a:1 as b', 'FROM a:1 As b', 'from a:1 AS b'],
    misses: ['FROM a:1 AS b', 'from a:1 as b', 'FROM a:1'],
  },
  NoEmptyContinuation: {
    hits: ['RUN a \\\n\n  b', 'RUN a \\\n  \n  b', 'COPY a \\\n\n\n  b'],
    misses: ['RUN a \\\n  b', 'RUN a \\\n  # why\n  b', 'RUN <<EOF\na\n\nb\nEOF'],
  },
  ConsistentInstructionCasing: {
    hits: ['FROM a:1\nrun b', 'FROM a:1\nRun b', 'from a:1\nrun b\nUSER c'],
    misses: ['FROM a:1\nRUN b', 'from a:1\nrun b', 'FROM a:1\nRUN b\n# run c'],
  },
  DuplicateStageName: {
    hits: [
      'FROM a:1 AS b\nFROM a:1 AS B\nFROM B\nCOPY --from=b /c /d\nCOPY --from=1 /c /d',
      'FROM a:1 AS b\nFROM a:1 AS b',
      'FROM a:1 AS b\nFROM a:1 AS B',
      'FROM a:1 AS b\nFROM b AS c\nFROM b AS c',
    ],
    misses: ['FROM a:1 AS b\nFROM a:1 AS c', 'FROM a:1\nFROM a:1', 'FROM a:1 AS b\nFROM b'],
  },
  ReservedStageName: {
    hits: ['FROM a:1 AS scratch', 'FROM a:1 AS context', 'FROM a:1 AS Scratch'],
    misses: ['FROM a:1 AS base', 'FROM scratch', 'FROM scratch AS contexts'],
  },
  JSONArgsRecommended: {
    hits: ['CMD a', 'ENTRYPOINT a b', 'CMD a && b'],
    misses: ['CMD ["a"]', 'SHELL ["/bin/bash", "-c"]\nCMD a', 'RUN a'],
  },
  MaintainerDeprecated: {
    hits: ['MAINTAINER a', 'maintainer a b', 'MAINTAINER "a <a@b>"'],
    misses: ['LABEL maintainer=a', '# MAINTAINER a', 'RUN MAINTAINER a'],
  },
  UndefinedArgInFrom: {
    hits: ['FROM a:$NONE', 'ARG B\nFROM a:${C}', 'FROM --platform=$BULDPLATFORM a:1'],
    misses: ['ARG B=1\nFROM a:$B', 'FROM --platform=$BUILDPLATFORM a:1', 'ARG B=1\nARG C=$B\nFROM a:$C'],
  },
  WorkdirRelativePath: {
    hits: ['WORKDIR a', 'WORKDIR ./a', 'FROM a:1 AS b\nRUN c\nFROM b\nWORKDIR d'],
    misses: [
      'WORKDIR /a',
      'WORKDIR /a\nWORKDIR b',
      'FROM a:1 AS b\nWORKDIR /c\nFROM b\nWORKDIR d',
      'FROM --platform=windows/amd64 a:1\nWORKDIR C:/a',
    ],
  },
  UndefinedVar: {
    hits: ['FROM scratch\nWORKDIR /$A', 'FROM scratch\nENV A=1 B=$C', 'FROM scratch\nUSER $A'],
    misses: ['FROM scratch\nENV A=1\nWORKDIR /$A', 'FROM scratch\nARG A\nUSER $A', 'FROM scratch\nUSER 1'],
  },
  MultipleInstructionsDisallowed: {
    hits: [
      'CMD ["a"]\nCMD ["b"]',
      'ENTRYPOINT ["a"]\nRUN b\nENTRYPOINT ["c"]',
      'HEALTHCHECK NONE\nHEALTHCHECK CMD ["b"]',
    ],
    misses: ['CMD ["a"]', 'ENTRYPOINT ["a"]\nCMD ["b"]', 'CMD ["a"]\nFROM a:1\nCMD ["b"]'],
  },
  LegacyKeyValueFormat: {
    hits: ['ENV a b', 'LABEL a b', 'ENV a b c=d'],
    misses: ['ENV a=b', 'LABEL a=b c=d', 'ENV a="b c"'],
  },
  RedundantTargetPlatform: {
    hits: [
      'FROM --platform=$TARGETPLATFORM a:1',
      'FROM --platform=${TARGETPLATFORM} a:1',
      'FROM --platform=$TARGETPLATFORM a:1 AS b',
    ],
    misses: ['FROM a:1', 'FROM --platform=$BUILDPLATFORM a:1', 'FROM --platform=linux/arm64 a:1'],
  },
  SecretsUsedInArgOrEnv: {
    hits: ['ENV PASSWORD=a', 'RUN a\nARG API_TOKEN', 'ENV A=1 MY_SECRET=b'],
    misses: ['ENV PUBLIC_KEY=a', 'ARG TOKENIZER', 'ENV KEY_FILE=/a'],
  },
  InvalidDefaultArgInFrom: {
    hits: ['ARG A\nFROM $A', 'ARG A\nFROM a:$A', 'ARG A\nARG B=$A\nFROM a:$B'],
    misses: ['ARG A=b\nFROM $A', 'ARG A=1\nFROM a:$A', 'ARG A\nFROM a:${A:-1}'],
  },
  InvalidBaseImagePlatform: {
    hits: [
      'FROM a:1',
      'FROM --platform=linux/arm64 a:1',
      'FROM --platform=$BUILDPLATFORM a:1',
      'FROM --platform=linux/s390x multi:1',
      'ARG A=1\nFROM a:$A AS b\nFROM b',
    ],
    misses: [
      'FROM multi:1',
      'FROM --platform=linux/amd64 a:1',
      'ARG P=linux/arm64\nFROM --platform=$P a:1',
      'FROM scratch',
      'FROM a:$UNKNOWN',
    ],
    options: forArm,
  },
  FromPlatformFlagConstDisallowed: {
    hits: ['FROM --platform=linux/amd64 a:1', 'FROM --platform=linux/arm/v7 a:1', 'FROM --platform=windows a:1 AS b'],
    misses: ['FROM a:1', 'FROM --platform=$BUILDPLATFORM a:1', 'FROM --platform=linux/amd64 a:1 AS tool-amd64'],
  },
  ExposeProtoCasing: {
    hits: ['EXPOSE 80/TCP', 'EXPOSE 80 81/Udp', 'EXPOSE 80-90/TCP'],
    misses: ['EXPOSE 80', 'EXPOSE 80/tcp', 'EXPOSE 80/udp 81/sctp'],
  },
  ExposeInvalidFormat: {
    hits: ['EXPOSE 8080:80', 'EXPOSE 127.0.0.1:8080:80', 'EXPOSE 81 8080:80/udp'],
    misses: ['EXPOSE 80', 'EXPOSE 80-90', 'EXPOSE 80/udp'],
  },
  InvalidDefinitionDescription: {
    hits: ['# x\nARG A=1\nFROM a:1', 'FROM a:1\n# x\nFROM a:1 AS b', '# the A\nARG A=1\nFROM a:1'],
    misses: ['# A is\nARG A=1\nFROM a:1', '# A\nARG A=1\nFROM a:1', 'ARG A=1\nFROM a:1'],
    options: { experimental: 'all' },
  },
};
