import type { LintOptions } from '../lint.ts';
import { DEFAULT_SETTINGS, type LabelType } from '../lint-settings.ts';
import type { CaseTable } from './rule-cases.test-support.ts';

const on = (code: string): LintOptions => ({
  settings: { ...DEFAULT_SETTINGS, severities: new Map([[code, 'info']]) },
});
const label = (type: LabelType): LintOptions => ({
  settings: { ...DEFAULT_SETTINGS, labels: new Map([['it', type]]) },
});
const strict: LintOptions = {
  settings: { ...DEFAULT_SETTINGS, labels: new Map([['version', 'text']]), strictLabels: true },
};
const registry: LintOptions = {
  registryOf: () => ({
    ...{
      exists: true,
      digest: `sha256:${'1'.repeat(64)}`,
      platforms: ['linux/amd64'],
      size: 1,
      created: '',
      layers: 1,
    },
  }),
};
const demanded: LintOptions = { settings: { ...DEFAULT_SETTINGS, labels: new Map([['version', 'text']]) } };
const trusted: LintOptions = {
  settings: { ...DEFAULT_SETTINGS, trustedRegistries: ['registry.example.com', '*.example.org', 'docker.io'] },
};

/** The rules that hadolint has alone. */
export const HADOLINT_CASES: CaseTable = {
  DL1001: {
    hits: [
      '# hadolint ignore=DL3006\nFROM a',
      'RUN a\n#hadolint ignore = DL3003, DL3004\nRUN cd b',
      '# hadolint ignore=SC2086 # why\nFROM a',
    ],
    misses: [
      '# hadolint global ignore=DL3006\nFROM a',
      '# hadolint ignore=nonsense\nFROM a',
      '# hadolint shell=bash\nFROM a',
    ],
    options: on('DL1001'),
  },
  DL3000: {
    hits: ['WORKDIR /a\nWORKDIR b', 'WORKDIR /a\nWORKDIR ../b', 'FROM a:1 AS b\nWORKDIR /c\nFROM b\nWORKDIR "d"'],
    misses: ['WORKDIR /a\nWORKDIR /b', 'WORKDIR /a\nWORKDIR $B', 'WORKDIR /a\nWORKDIR C:/b'],
  },
  DL3001: {
    hits: ['RUN ssh host', 'RUN a && service b start', 'ONBUILD RUN kill 1', 'RUN if a; then top; fi'],
    misses: ['RUN echo ssh', 'RUN a --mount', 'CMD ["top"]'],
  },
  DL3002: {
    hits: [
      'USER app\nRUN a\nUSER root\nCMD ["b"]',
      'USER root',
      'USER 0',
      'USER a\nRUN b\nUSER root:root',
      'USER 0:1\nFROM a:1\nUSER b',
    ],
    misses: ['USER a', 'USER root\nRUN a\nUSER b', 'RUN a', 'USER rootless'],
  },
  DL3003: {
    hits: ['RUN cd /a && b', 'RUN a; cd b; c', 'RUN (cd a && b)'],
    misses: ['WORKDIR /a\nRUN b', 'RUN echo cd', 'RUN cdparanoia'],
  },
  DL3004: {
    hits: [
      'RUN sudo a',
      'RUN a && sudo -u b c',
      'RUN ["sudo", "a"]',
      'RUN <<EOF\nsudo a\nEOF',
      'RUN <<EOF bash\nsudo a\nEOF',
    ],
    misses: [
      'RUN command -v sudo || a',
      "RUN cat > /a <<'E'\n#!/bin/sh\nsudo b\nE",
      'RUN a',
      'RUN apt-get install -y sudo=1',
      'RUN echo "sudo a"',
      'RUN <<EOF python3\nsudo a\nEOF',
    ],
  },
  DL3006: {
    hits: ['FROM a', 'FROM host:5000/a', 'FROM a:1 AS b\nFROM c'],
    misses: [
      'FROM a:1',
      'FROM scratch',
      `FROM a@sha256:${'0'.repeat(64)}`,
      'FROM a:1 AS b\nFROM b',
      'ARG A=1\nFROM $A',
    ],
    options: registry,
  },
  DL3007: {
    hits: ['FROM a:latest', 'FROM host:5000/a:latest', 'FROM a:1 AS b\nFROM c:latest'],
    misses: ['FROM a:1', 'FROM a:latest-1', `FROM a:latest@sha256:${'0'.repeat(64)}`],
    options: registry,
  },
  DL3008: {
    hits: [
      'RUN apt-get install a',
      'RUN apt-get -y install a=1 b',
      'RUN x && apt-get install -t c a',
      'RUN ["apt-get", "install", "a"]',
    ],
    misses: [
      'RUN apt-get install a=1',
      'RUN apt-get install ./a.deb',
      'RUN apt-get install -t c a/c',
      'RUN echo apt-get install a',
    ],
  },
  DL3009: {
    hits: [
      'RUN apt-get update',
      'RUN apt-get update && apt-get install a',
      'FROM a:1 AS b\nRUN apt update\nFROM b\nRUN c',
      'RUN apt-get update && rm -rf /var/lib/apt/list/*',
    ],
    misses: [
      'RUN apt-get update && apt-get dist-clean',
      'RUN apt-get update && rm -rf /var/lib/{apt,dpkg,cache}/',
      'RUN apt-get update && rm -rf /var/lib/apt/*',
      'RUN apt-get update && rm -rf /var/lib/apt/lists/*',
      'FROM a:1 AS b\nRUN apt-get update\nFROM c:1\nRUN d',
      'RUN --mount=type=cache,target=/var/lib/apt/lists apt-get update',
    ],
  },
  DL3010: {
    hits: [
      'COPY a.tgz /tmp/\nRUN tar -xzf /tmp/a.tgz -C /opt && rm /tmp/a.tgz',
      'COPY a.tar.gz /b/\nRUN tar xf a.tar.gz\nRUN tar -xf /b/a.tar.gz',
      'COPY a.zip.gz /b/\nRUN gunzip /b/a.zip.gz',
      'COPY a /b.tgz\nRUN tar --extract -f /b.tgz',
    ],
    misses: ['ADD a.tar.gz /b/', 'COPY a.tar.gz /b/', 'COPY --from=c a.tar.gz /b/\nRUN tar -xf /b/a.tar.gz'],
  },
  DL3011: {
    hits: ['EXPOSE 65536', 'EXPOSE 80 70000/udp', 'EXPOSE 65000-66000'],
    misses: ['EXPOSE 65535', 'EXPOSE 0', 'EXPOSE $PORT'],
  },
  DL3013: {
    hits: [
      'RUN pip install a',
      'RUN pip3 install a==1 b',
      'RUN python3 -m pip install git+https://a/b',
      'RUN python -m pip --no-cache-dir install a',
    ],
    misses: [
      "RUN pip install '.[dev]'",
      'RUN pip install --no-index --find-links=/wheels a',
      'RUN pip install a==1',
      'RUN pip install -r a.txt',
      'RUN pip install .',
      'RUN pip install -c a.txt b',
      'RUN pipenv install a',
    ],
  },
  DL3014: {
    hits: ['RUN apt-get install a', 'RUN apt-get install -q a', 'RUN a && apt-get install b'],
    misses: [
      'RUN apt-get -y install a',
      'RUN apt-get install -yq a',
      'RUN apt-get install -qq a',
      'RUN apt-get install --assume-yes a',
    ],
  },
  DL3015: {
    hits: ['RUN apt-get install a', 'RUN apt-get -y install a', 'RUN ["apt-get", "install", "a"]'],
    misses: [
      'RUN apt-get install --no-install-recommends a',
      'RUN apt-get -o APT::Install-Recommends=false install a',
      'RUN apt-get update',
    ],
  },
  DL3016: {
    hits: ['RUN npm install a', 'RUN npm install -g @a/b', 'RUN npm install a@1 b', 'RUN npm install git+https://a/b'],
    misses: [
      'RUN npm install',
      'RUN npm install a@1',
      'RUN npm install @a/b@1',
      'RUN npm install ./a',
      'RUN npm ci',
      'RUN npm install git+https://a/b#c',
    ],
  },
  DL3018: {
    hits: ['RUN apk add a', 'RUN apk add --no-cache a=1 b', 'RUN apk --no-cache add a'],
    misses: [
      'RUN apk add a=1',
      'RUN apk add a~1',
      'RUN apk add --virtual .b a=1',
      'RUN apk add ./a.apk',
      'RUN apk add "a>1"',
    ],
  },
  DL3019: {
    hits: ['RUN apk add a=1', 'RUN apk --update add a=1', 'RUN b && apk add a=1'],
    misses: [
      'RUN apk add --no-cache a=1',
      'RUN apk update',
      'RUN --mount=type=cache,target=/var/cache/apk apk add a=1',
    ],
  },
  DL3020: {
    hits: ['ADD a /b', 'ADD a b /c/', 'ADD --chown=1 a /b'],
    misses: ['ADD a.tar.gz /b', 'ADD https://a/b /c', 'COPY a /b'],
  },
  DL3021: {
    hits: ['COPY a b /c', 'COPY ["a", "b", "/c"]', 'COPY a b c/d'],
    misses: ['COPY a b /c/', 'COPY a /b', 'COPY ["a", "b", "/c/"]', 'COPY a b .', 'COPY a b /c/.', 'COPY a b ..'],
  },
  DL3022: {
    hits: [
      'FROM a:1 AS build\nFROM a:1\nCOPY --from=biuld /d /e',
      'COPY --from=a /b /c',
      'FROM a:1 AS b\nFROM a:1\nCOPY --from=c /d /e',
      'COPY --from=3 /b /c',
    ],
    misses: [
      'FROM a:1 AS b\nFROM a:1\nCOPY --from=b /c /d',
      'COPY --from=a:1 /b /c',
      'FROM a:1\nFROM b:1\nCOPY --from=0 /b /c',
    ],
  },
  DL3023: {
    hits: [
      'FROM a:1 AS b\nCOPY --from=b /c /d',
      'FROM a:1 AS b\nCOPY --from=B /c /d',
      'FROM a:1\nFROM a:1 AS c\nRUN d\nCOPY --from=c /e /f',
    ],
    misses: [
      'FROM a:1 AS b\nFROM a:1 AS c\nCOPY --from=b /d /e',
      'FROM a:1\nCOPY a /b',
      'FROM a:1 AS b\nCOPY --from=c:1 /d /e',
    ],
  },
  DL3025: {
    hits: ['HEALTHCHECK CMD a', 'SHELL ["/bin/bash", "-c"]\nCMD a', 'SHELL ["/bin/bash", "-c"]\nENTRYPOINT a b'],
    misses: ['HEALTHCHECK CMD ["a"]', 'HEALTHCHECK NONE', 'CMD ["a"]', 'RUN a'],
  },
  DL3026: {
    hits: [
      'FROM other.example.com/a:1',
      'FROM docker.io/a:1\nCOPY --from=ghcr.io/b/c:1 /d /e',
      'FROM quay.io/a/b:1 AS c',
    ],
    misses: [
      'FROM registry.example.com/a:1',
      'FROM a.example.org/a:1',
      'FROM debian:13',
      'FROM scratch',
      'FROM a:1 AS b\nFROM b',
    ],
    options: trusted,
  },
  DL3027: {
    hits: ['RUN apt install -y a', 'RUN apt update && b', 'RUN a; apt-get update; apt search b'],
    misses: ['RUN apt-get update', 'RUN apt-cache search a', 'RUN echo apt'],
  },
  DL3028: {
    hits: ['RUN gem install a', 'RUN gem install a:1 b', 'RUN gem i a', 'RUN gem install -N a', 'RUN gem i --force a'],
    misses: ['RUN gem install a:1', 'RUN gem install a -v 1', 'RUN gem install a --version=1', 'RUN gem list'],
  },
  DL3029: {
    hits: [
      'ARG P=linux/amd64\nFROM --platform=$P a:1',
      'FROM --platform=linux/amd64 a:1 AS tool-amd64',
      'ARG P\nFROM --platform=${P} a:1',
    ],
    misses: ['FROM --platform=$BUILDPLATFORM a:1', 'FROM a:1', 'FROM --platform=${TARGETPLATFORM} a:1'],
  },
  DL3030: {
    hits: ['RUN yum install a-1', 'RUN yum groupinstall a', 'RUN b && yum localinstall a.rpm'],
    misses: ['RUN yum install -y a-1', 'RUN yum -y install a-1', 'RUN yum install --assumeyes a-1', 'RUN yum update'],
  },
  DL3032: {
    hits: ['RUN yum install -y a-1', 'RUN yum clean all && yum install -y a-1', 'RUN yum -y install a-1 && b'],
    misses: [
      'RUN yum install -y a-1 && yum clean all',
      'RUN yum install -y a-1 && rm -rf /var/cache/yum/*',
      'RUN yum update',
    ],
  },
  DL3033: {
    hits: ['RUN yum install -y a', 'RUN yum install -y a-1 b', 'RUN yum module install -y a'],
    misses: [
      'RUN yum install -y a-1.2',
      'RUN yum install -y a-1.rpm',
      'ARG V=1\nFROM a:1\nRUN yum install -y a-${V}',
      'RUN yum module install -y a:1',
    ],
  },
  DL3034: {
    hits: ['RUN zypper install a=1', 'RUN zypper in a=1', 'RUN zypper patch'],
    misses: ['RUN zypper install -y a=1', 'RUN zypper -n install a=1', 'RUN zypper refresh'],
  },
  DL3035: {
    hits: ['RUN zypper dist-upgrade -y', 'RUN zypper dup', 'RUN a && zypper -n dup'],
    misses: ['RUN zypper update -y', 'RUN zypper install -y dup-1', 'RUN echo zypper dup'],
  },
  DL3036: {
    hits: ['RUN zypper install -y a=1', 'RUN zypper in -y a=1 && b', 'RUN zypper clean && zypper in -y a=1'],
    misses: [
      'RUN zypper in -y a=1 && zypper clean',
      'RUN zypper in -y a=1 && zypper cc',
      'RUN --mount=type=cache,target=/var/cache/zypp zypper in -y a=1',
    ],
  },
  DL3037: {
    hits: ['RUN zypper install -y a', 'RUN zypper in a=1 b', 'RUN a && zypper in b'],
    misses: ['RUN zypper in a=1', 'RUN zypper in "a>1"', 'RUN zypper in ./a.rpm'],
  },
  DL3038: {
    hits: ['RUN dnf install a-1', 'RUN microdnf install a-1', 'RUN dnf groupinstall a'],
    misses: ['RUN dnf install -y a-1', 'RUN microdnf -y install a-1', 'RUN dnf check-update'],
  },
  DL3040: {
    hits: [
      'RUN dnf install -y a-1',
      'RUN microdnf install -y a-1',
      'RUN dnf clean all && dnf in -y a-1',
      'RUN dnf -y update',
    ],
    misses: [
      'RUN dnf install -y a-1 && dnf clean all',
      'RUN microdnf install -y a-1 && microdnf clean all',
      'RUN --mount=type=cache,target=/var/cache/libdnf5 dnf install -y a-1',
    ],
  },
  DL3041: {
    hits: ['RUN dnf install -y a', 'RUN microdnf install -y a-1 b', 'RUN dnf module install -y a'],
    misses: [
      'RUN dnf install -y a-1.2',
      'RUN dnf install -y a-1.rpm',
      'ENV V=1\nRUN dnf install -y a-${V}',
      'RUN dnf module install -y a:1',
    ],
  },
  DL3042: {
    hits: ['RUN pip install a==1', 'RUN python -m pip install a==1', 'ENV PIP_NO_CACHE_DIR=0\nRUN pip3 install a==1'],
    misses: [
      'RUN pip install --no-cache-dir a==1',
      'ENV PIP_NO_CACHE_DIR=1\nRUN pip install a==1',
      'RUN --mount=type=cache,target=/root/.cache/pip pip install a==1',
      'RUN --mount=type=cache,target=/root/.cache pip install a==1',
    ],
  },
  DL3044: {
    hits: ['ENV A=1 \\\n    B=$A \\\n    C=3', 'ENV A=1 B=$A', 'ENV A=1 B="x${A}y"', 'ENV B=$A A=1'],
    misses: ['ENV A=1\nENV B=$A', 'ENV A=1 B=$AB', 'ENV A=$A', 'ARG A=1\nFROM a:1\nENV A=2 B=$A'],
  },
  DL3045: {
    hits: ['COPY a b', 'COPY a .', 'FROM a:1 AS b\nRUN c\nFROM b\nCOPY d e/'],
    misses: ['WORKDIR /a\nCOPY b c', 'COPY a /b', 'COPY a $B', 'FROM a:1 AS b\nWORKDIR /c\nFROM b\nCOPY d e'],
  },
  DL3046: {
    hits: ['RUN useradd -u 123456 a', 'RUN useradd --uid 123456 a', 'RUN b && useradd -m -u 200000 a'],
    misses: [
      'RUN useradd -l -u 123456 a',
      'RUN useradd -u 12345 a',
      'RUN useradd --uid $USER_UID a',
      'RUN useradd a',
      'RUN useradd --no-log-init -u 123456 a',
    ],
  },
  DL3047: {
    hits: ['RUN wget https://a/b', 'RUN wget -O b https://a/b', 'RUN ["wget", "https://a/b"]'],
    misses: [
      'RUN wget -q https://a/b',
      'RUN wget --progress=dot:giga https://a/b',
      'RUN wget -nv https://a/b',
      'RUN wget -o log https://a/b',
    ],
  },
  DL3048: {
    hits: ['LABEL A=1', 'LABEL a..b=1', 'LABEL com.docker.a=1', 'LABEL a_=1'],
    misses: ['LABEL a=1', 'LABEL org.example.a-b=1', 'LABEL a.b1=1', 'LABEL "a"=1'],
  },
  DL3049: {
    hits: ['RUN a', 'LABEL other=1', 'FROM a:1\nLABEL version=1\nFROM b:1\nRUN c'],
    misses: [
      'LABEL version=1',
      'FROM a:1 AS b\nLABEL version=1\nFROM b\nRUN c',
      'FROM a:1 AS b\nRUN c\nFROM d:1\nCOPY --from=b /e /f\nLABEL version=1',
    ],
    options: demanded,
  },
  DL3050: {
    hits: [
      'LABEL other=1 version=1',
      'LABEL version=1 \\\n  other="a b" \\\n  more=2',
      'LABEL other=1',
      'LABEL version=1 other=2',
      'LABEL version=1\nLABEL other=2',
    ],
    misses: ['LABEL version=1', 'RUN a', 'LABEL "version"=2'],
    options: strict,
  },
  DL3051: {
    hits: ['LABEL version=""', 'LABEL version=', "LABEL version=''"],
    misses: ['LABEL version=1', 'LABEL other=""', 'RUN a'],
    options: demanded,
  },
  DL3052: {
    hits: ['LABEL it="a b"', 'LABEL it=nothing', 'LABEL it="http//a"'],
    misses: ['LABEL it=https://a.example', 'LABEL other=nothing', 'LABEL it=$A'],
    options: label('url'),
  },
  DL3053: {
    hits: ['LABEL it=today', 'LABEL it=2026-01-01', 'LABEL it=2026-02-30T10:00:00Z'],
    misses: ['LABEL it=2026-01-31T10:00:00Z', 'LABEL it=2026-01-31T10:00:00.5+02:00', 'LABEL other=today'],
    options: label('rfc3339'),
  },
  DL3054: {
    hits: ['LABEL it="apache 2.0"', "LABEL it='mit'", 'LABEL it=mine', 'LABEL it=GPL', 'LABEL it="MIT licence"'],
    misses: ['LABEL it=MIT', 'LABEL it=Apache-2.0', 'LABEL other=mine'],
    options: label('spdx'),
  },
  DL3055: {
    hits: ['LABEL it=main', 'LABEL it=12345', 'LABEL it=ABCDEF0'],
    misses: ['LABEL it=abcdef0', `LABEL it=${'0'.repeat(40)}`, 'LABEL other=main'],
    options: label('hash'),
  },
  DL3056: {
    hits: ['LABEL it=1.2', 'LABEL it=v1.2.3', 'LABEL it=01.2.3'],
    misses: ['LABEL it=1.2.3', 'LABEL it=1.2.3-rc.1+b.2', 'LABEL other=x'],
    options: label('semver'),
  },
  DL3057: {
    hits: ['RUN a', 'FROM a:1\nHEALTHCHECK NONE\nFROM b:1', 'CMD ["a"]'],
    misses: ['HEALTHCHECK CMD ["a"]', 'HEALTHCHECK NONE', 'FROM a:1 AS b\nHEALTHCHECK NONE\nFROM b'],
    options: on('DL3057'),
  },
  DL3058: {
    hits: ['LABEL it=ann', 'LABEL it="ann example.com"', 'LABEL it=@example.com'],
    misses: ['LABEL it=ann@example.com', 'LABEL it=a.b+c@example.com', 'LABEL other=x'],
    options: label('email'),
  },
  DL3059: {
    hits: ['RUN a\nRUN b', 'RUN a\nRUN b\nRUN c', 'RUN a\n# why\nRUN b'],
    misses: [
      'RUN a',
      'RUN a && b\nRUN c',
      'RUN a\nUSER b\nRUN c',
      'RUN --network=none a\nRUN b',
      'SHELL ["powershell"]\nRUN a; b\nRUN c',
    ],
  },
  DL3060: {
    hits: [
      'RUN yarn install',
      'RUN yarn cache clean && yarn install',
      'FROM a:1 AS b\nRUN yarn install\nFROM b\nRUN c',
    ],
    misses: [
      'RUN yarn install && yarn cache clean',
      'RUN --mount=type=cache,target=/root/.cache/yarn yarn install',
      'FROM a:1 AS b\nRUN yarn install\nFROM c:1\nRUN d',
    ],
  },
  DL3062: {
    hits: ['RUN go install a.b/c', 'RUN go get a.b/c@latest', 'RUN go run a.b/c'],
    misses: ['RUN go install a.b/c@v1', 'RUN go install ./...', 'RUN go run . a', 'RUN go run a.go', 'RUN go build'],
  },
  DL3064: {
    hits: ['ENV DB_USERNAME=a', 'ARG DOCKER_EMAIL', 'ENV PRIVATE_THING=a', 'ONBUILD ENV MYTOKENS=1'],
    misses: ['ENV A=b', 'ARG VERSION', 'ENV USER=a'],
  },
  DL3066: {
    hits: ['RUN useradd --uid 1000 app\nUSER app:app', 'USER root', 'USER a', 'USER a:1', 'USER ${NOBODY}'],
    misses: [
      'USER 1000',
      'USER 1000:a',
      'USER $APP_UID',
      'ENV NOBODY=65534\nUSER ${NOBODY}',
      'ARG U\nFROM a:1\nARG U\nUSER $U',
      'FROM mcr.microsoft.com/windows/nanoserver:ltsc2022 AS a\nFROM a\nUSER ContainerUser',
    ],
  },
  DL3067: {
    hits: [
      'FROM a:1 AS b\nFROM c:1\nCOPY --from=b / /',
      'FROM a:1 AS b\nFROM c:1\nCOPY --from=b "/" "/"',
      'COPY --from=a:1 / /',
    ],
    misses: [
      'COPY --from=a:1 /b /',
      'COPY / /',
      'COPY --from=a:1 / /b/',
      'FROM scratch AS a\nCOPY b /\nFROM a AS c\nFROM d:1\nCOPY --from=c / /',
    ],
  },
  DL4001: {
    hits: ['RUN wget -q a\nRUN curl b', 'RUN curl a && wget -q b', 'RUN curl a\nUSER 1\nRUN wget -q b'],
    misses: ['RUN curl a\nRUN curl b', 'RUN wget -q a', 'FROM a:1\nRUN curl a\nFROM b:1\nRUN wget -q b'],
  },
  DL4005: {
    hits: ['RUN ln -s /bin/bash /bin/sh', 'RUN a && ln -sf /bin/bash /bin/sh', 'RUN ln /bin/sh /b'],
    misses: ['RUN ln -s /bin/bash /usr/bin/sh', 'SHELL ["/bin/bash", "-c"]', 'RUN echo ln /bin/sh'],
  },
  DL4006: {
    hits: ['RUN a | b', 'RUN c && a | b', 'SHELL ["/bin/bash", "-c"]\nRUN a | b', 'RUN <<EOF\na | b\nEOF'],
    misses: [
      'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b',
      'RUN a || b',
      'RUN set -eux -o pipefail; a | b',
      'RUN bash -euo pipefail <<EOF\na | b\nEOF',
      'FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nRUN a | b',
      'RUN echo "a | b"',
      'SHELL ["powershell", "-Command"]\nRUN a | b',
    ],
  },
};
