import { type EntryType, fileTree } from '../../plan/file-tree.ts';
import type { LintOptions } from '../lint.ts';
import { DEFAULT_SETTINGS } from '../lint-settings.ts';
import type { CaseTable } from './rule-cases.test-support.ts';

function context(...paths: readonly string[]): LintOptions {
  const entries = paths.map((path) => {
    const type: EntryType = path.endsWith('/') ? 'directory' : 'file';
    return { path: path.replace(/\/$/, ''), type, size: 2_000_000, mode: 0o644, mtime: 0 };
  });
  return { context: { tree: fileTree(entries) } };
}

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
/** A registry that has a:1 and nothing else, and an engine that has an older one. */
const registry: LintOptions = {
  registryOf: (name) => {
    if (name === 'unasked:1') return undefined;
    if (name !== 'a:1') return { exists: false, tags: name.startsWith('a:') ? ['1'] : [] };
    return { exists: true, digest: digest('1'), platforms: ['linux/amd64'], size: 1, created: '', layers: 1 };
  },
  baseOf: (name) =>
    name === 'local:1' || name === 'a:1' ? { env: [], repoDigests: [`docker.io/library/a@${digest('2')}`] } : undefined,
};

/** Our own rules, those that Trivy or Checkov have, too, first. */
export const OWN_CASES: CaseTable = {
  'base-image-missing': {
    hits: ['FROM a:12', 'FROM a', `FROM b:1@${digest('1')}`, 'ARG V=2\nFROM a:$V', 'FROM a:1\nFROM host:5000/c:1'],
    misses: ['FROM a:1', 'FROM unasked:1', 'FROM local:1', 'FROM scratch', 'FROM a:$UNKNOWN', 'FROM a:1 AS b\nFROM b'],
    options: registry,
  },
  'base-image-outdated': {
    hits: ['FROM a:1', `FROM a:1@${digest('2')}`, `ARG V=1\nFROM library/a:$V@${digest('2')} AS b\nFROM b`],
    misses: [`FROM a:1@${digest('1')}`, 'FROM unasked:1', `FROM a@${digest('2')}`, 'FROM b:1', 'FROM local:1'],
    options: registry,
  },
  'expose-ssh': {
    hits: ['EXPOSE 22', 'EXPOSE 80 22/tcp', 'EXPOSE 22/TCP 80', 'EXPOSE 80 \\\n  22\nRUN a'],
    misses: ['EXPOSE 2222', 'EXPOSE 22/udp', 'EXPOSE 80'],
  },
  'package-update-alone': {
    hits: [
      'RUN apt-get update\nRUN apt-get install -y a',
      'RUN apt-get update',
      'RUN apt update && apt purge -y a && rm -rf /b',
      'RUN apk update',
    ],
    misses: [
      'RUN apt-get update && apt-get install a',
      'RUN apk update && apk add a',
      'RUN echo update',
      'RUN apt-get update && bash /tmp/install.sh && apt-get clean',
      'RUN apt-get update && xx-apt-get install -y a',
      'RUN apt-get update && cat list | xargs apt-get install -y',
    ],
  },
  'apt-dist-upgrade': {
    hits: ['RUN apt-get dist-upgrade -y', 'RUN apt full-upgrade', 'RUN a && apt-get -y dist-upgrade'],
    misses: ['RUN apt-get upgrade -y', 'RUN echo dist-upgrade', 'RUN apt-get install -y dist'],
  },
  'workdir-system-folder': {
    hits: ['WORKDIR /etc', 'WORKDIR /usr/bin/', 'WORKDIR "/proc"'],
    misses: ['WORKDIR /etc/app', 'WORKDIR /usr/src/app', 'WORKDIR /srv'],
  },
  'tls-check-off': {
    hits: [
      'ENV A=1 GIT_SSL_NO_VERIFY=1 B=2',
      'ENV GIT_SSL_NO_VERIFY=1',
      'FROM a:1\nARG NODE_TLS_REJECT_UNAUTHORIZED=0',
      'RUN PYTHONHTTPSVERIFY=0 a',
      'RUN export NPM_CONFIG_STRICT_SSL=false && a',
    ],
    misses: ['ENV GIT_SSL_NO_VERIFY=0', 'ENV NODE_TLS_REJECT_UNAUTHORIZED=1', 'ARG GOINSECURE', 'RUN a'],
  },
  'insecure-download': {
    hits: [
      'RUN curl -k https://a',
      'RUN curl -fsSkL --insecure -o a https://a && b',
      'RUN wget --no-check-certificate -q https://a',
      'RUN git config --global http.sslVerify false',
      'RUN npm config set strict-ssl=false',
      'RUN pip install --trusted-host a b==1',
      'RUN yum-config-manager --setopt=sslverify=0 --save',
      'RUN dnf config-manager --setopt=base.sslverify=False --save',
    ],
    misses: [
      'RUN curl -fsSL https://a',
      'RUN wget -q https://a',
      'RUN curl -sSLobackup https://a',
      'RUN git config --global user.name k',
      'RUN npm config set strict-ssl true',
      'RUN yum-config-manager --setopt=sslverify=1',
    ],
  },
  'unsigned-packages': {
    hits: [
      'RUN apk add --allow-untrusted a',
      'RUN apk add \\\n  --allow-untrusted \\\n  a',
      'RUN ["apk", "add", "--allow-untrusted", "a"]',
      'RUN apt-get install --force-yes a',
      'RUN yum install -y --nogpgcheck a',
      'RUN dnf install -y --no-gpgchecks a',
      'RUN rpm -i --nosignature a.rpm',
    ],
    misses: ['RUN apk add a', 'RUN yum install -y a', 'RUN echo --nogpgcheck'],
  },
  'password-in-run': {
    hits: ['RUN echo a:b | chpasswd', 'RUN passwd a', 'RUN <<EOF\nchpasswd < /a\nEOF'],
    misses: ['RUN passwd -l root', 'RUN passwd -u a', 'RUN echo chpasswd', 'RUN adduser -D a'],
  },
  'user-missing': {
    hits: ['CMD ["a"]', 'ENTRYPOINT ["a"]', 'FROM a:1 AS b\nUSER 1\nFROM c:1\nCMD ["d"]'],
    misses: ['USER 1\nCMD ["a"]', 'RUN a', 'FROM a:1 AS b\nUSER 1\nFROM b\nCMD ["d"]'],
    options: { settings: { ...DEFAULT_SETTINGS, severities: new Map([['user-missing', 'info']]) } },
  },
  'secret-value': {
    hits: [
      'ENV A=AKIAIOSFODNN7EXAMPLE',
      `RUN git clone https://x:ghp_${'a'.repeat(36)}@a/b`,
      'RUN curl https://ann:secret@example.com/',
    ],
    misses: ['ENV A=AKIA', 'RUN git clone https://github.com/a/b', 'RUN curl https://ann:$PASS@example.com/'],
  },
  'copy-secret-file': {
    hits: ['COPY . /a/', 'COPY .env /a/', 'COPY config /a/', 'ADD . /a/'],
    misses: [
      'COPY src /a/',
      'COPY --from=b . /a/',
      'COPY --exclude=.env . /a/',
      'COPY .env.example /a/',
      'COPY vendor /a/',
    ],
    options: context(
      ...['.env', '.env.example', 'config/', 'config/deep/', 'config/deep/id_rsa', 'src/', 'src/a.js'],
      ...['vendor/', 'vendor/credentials/', 'vendor/credentials/a.go', 'vendor/tls-ca.pem', 'vendor/roots.pem'],
    ),
  },
  'copy-clutter': {
    hits: ['COPY . /a/', 'COPY ./ /a/', 'COPY app /a/'],
    misses: ['COPY src /a/', 'COPY --from=b . /a/', 'COPY app/a.js /a/'],
    options: context('.git/', '.git/HEAD', 'app/', 'app/node_modules/', 'app/a.js', 'src/', 'src/a.js'),
  },
  'cache-breaking-order': {
    hits: [
      'COPY . .\nRUN npm ci',
      'COPY . /a\nRUN a\nRUN pip install -r requirements.txt',
      'COPY ./ ./\nRUN go mod download',
      'WORKDIR /w\nADD . .\nRUN npm ci',
      'COPY . /w\n# Tools.\nRUN apt-get update && \\\n    apt-get install -y a && rm -rf /var/lib/apt/lists/*\nUSER 1',
      'FROM alpine:3\nADD . /w\nENV A=1\nRUN apk add --no-cache a',
    ],
    misses: [
      'COPY package*.json ./\nRUN npm ci\nCOPY . .',
      'COPY src .\nRUN npm ci',
      'COPY . .\nRUN npm install -g a',
      'COPY package.json .\nCOPY . .\nRUN npm ci',
      'COPY . /w\nRUN apt-get install -y /w/a.deb',
      'COPY . /w\nRUN apt-get install -y a && chmod +x /w/b',
      'COPY . /w\nRUN apt-get install -y $(cat list)',
      'COPY . /\nRUN apt-get install -y a',
      'COPY . /w\nRUN make -C /w\nRUN apt-get install -y a',
    ],
    options: context('package.json', 'package-lock.json', 'go.mod', 'requirements.txt', 'src/', 'src/a.js'),
  },
  'deleted-in-later-layer': {
    hits: [
      'RUN curl -o /tmp/b a\nRUN tar -xf /tmp/b && rm /tmp/b',
      'COPY a.tgz /tmp/\nRUN rm /tmp/a.tgz',
      'RUN curl -o /tmp/b a\nRUN rm -rf /tmp/*',
      'WORKDIR /w\nCOPY a.tgz .\nRUN tar -xf a.tgz && rm a.tgz',
      'ADD https://example.com/d/b.tgz /tmp/\nRUN tar -xf /tmp/b.tgz && rm /tmp/b.tgz',
      'FROM a:1 AS s\nFROM b:1\nCOPY --from=s /o/b.jar /tmp/b.jar\nRUN rm -rf /tmp/*',
      'RUN curl -o /tmp/b a && rm /tmp/b && curl -o /tmp/b a\nRUN rm /tmp/b',
    ],
    misses: [
      'RUN curl -o /tmp/b a && rm /tmp/b',
      'COPY a.tgz /tmp/\nRUN rm /tmp/b',
      'ADD a.tgz /tmp/\nRUN rm -f /tmp/a.tgz',
      'ADD https://example.com/$V.tgz /tmp/\nRUN rm -f /tmp/b.tgz',
      'COPY a.tgz /tmp/\nFROM a:1\nRUN rm /tmp/a.tgz',
      'RUN curl -o /tmp/b a && rm /tmp/b\nRUN rm -rf /tmp/*',
      'RUN --mount=type=cache,target=/c curl -o /c/b a\nRUN rm -rf /c/b',
      'COPY a.tgz /tmp/\nRUN --mount=type=tmpfs,target=/tmp rm -f /tmp/a.tgz',
    ],
    options: context('a.tgz'),
  },
  'user-unknown': {
    hits: [
      'USER app',
      'FROM scratch\nUSER app',
      'FROM alpine:3 AS a\nRUN echo b\nFROM a\nUSER app:app',
      'RUN groupadd app && useradd -g app -m shop\nUSER app',
      'FROM local:1\nUSER root\nRUN echo a\nUSER root2',
    ],
    misses: [
      'USER www-data',
      'RUN useradd app\nUSER app',
      'USER 1000',
      'FROM node:24\nUSER node',
      'FROM scratch\nCOPY passwd /etc/passwd\nUSER app',
      'RUN /setup.sh\nUSER app',
      'RUN echo app:x:1:1::/: >> /etc/passwd\nUSER app',
      'COPY rootfs .\nUSER app',
      'RUN groupadd g && useradd -g g -m app\nUSER app',
      'RUN useradd $NAME\nUSER app',
      'FROM local:1\nUSER shop',
      'FROM unknown:1\nUSER shop',
    ],
    options: { baseOf: (name) => (name === 'local:1' ? { env: [], users: ['root', 'shop'] } : undefined) },
  },
  'json-single-quotes': {
    hits: ["CMD ['a']", "RUN ['a', 'b']", "COPY ['a', '/b']", "ENTRYPOINT [ 'a' , 'b' ]"],
    misses: ['CMD ["a"]', "RUN [ 'a' = 'b' ]", "RUN echo ['a']"],
  },
  'directive-casing': {
    hits: ['# Escape=`\nFROM a:1', '# SYNTAX=docker/dockerfile:1\nFROM a:1', '# Check=skip=all2\nFROM a:1'],
    misses: ['# escape=`\nFROM a:1', '# Note=1\nFROM a:1', 'FROM a:1\n# Escape=`'],
  },
  'expose-in-helper-stage': {
    hits: [
      'FROM a:1 AS b\nEXPOSE 80\nFROM c:1\nCOPY --from=b /d /e',
      'FROM a:1\nEXPOSE 80\nFROM c:1\nCOPY --from=0 /d /e',
      'FROM a:1 AS b\nEXPOSE 80\nFROM a:1 AS x\nFROM c:1\nCOPY --from=b /d /e',
    ],
    misses: ['EXPOSE 80', 'FROM a:1 AS b\nEXPOSE 80\nFROM b\nRUN c', 'FROM a:1 AS b\nEXPOSE 80\nFROM c:1\nRUN d'],
  },
  'port-not-exposed': {
    hits: [
      'ENV PORT=3000\nCMD ["a"]',
      'CMD ["a", "--port", "3000"]',
      'ENTRYPOINT a --port=3000',
      'EXPOSE 80\nENV PORT=8080',
      'CMD python manage.py runserver 0.0.0.0:8000',
      'CMD ["gunicorn", "--bind=:8000", "app:app"]',
      'FROM local:1\nENTRYPOINT ["hypercorn", "-b", "[::]:8000"]',
    ],
    misses: [
      'ENV PORT=3000\nEXPOSE 3000',
      'CMD ["a"]',
      'EXPOSE 3000/tcp\nCMD ["a", "--port=3000"]',
      'EXPOSE $P\nENV PORT=3000',
      'CMD ["a", "127.0.0.1:8000", "--peer", "b:8000", "-v", ":8000"]',
      'FROM local:1\nENV PORT=3000',
    ],
    options: { baseOf: (name) => (name === 'local:1' ? { env: [], exposedPorts: ['3000/tcp'] } : undefined) },
  },
};
