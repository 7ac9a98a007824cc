/** A piece of a Dockerfile to fill in, in the syntax of LSP's snippets. */
export interface Snippet {
  readonly name: string;
  readonly text: string;
  readonly body: string;
}

/** Snippets that stand at the start of a line. */
export const SNIPPETS: readonly Snippet[] = [
  {
    name: 'stage',
    text: 'A stage of its own',
    body: 'FROM ${1:alpine} AS ${2:name}\nWORKDIR ${3:/app}\n$0',
  },
  {
    name: 'multi-stage',
    text: 'Build in one stage, ship from another',
    body: [
      'FROM ${1:node:lts} AS build',
      'WORKDIR /app',
      'COPY . .',
      'RUN ${2:npm ci && npm run build}',
      '',
      'FROM ${3:node:lts-slim}',
      'WORKDIR /app',
      'COPY --from=build ${4:/app/dist} ${5:./}',
      'CMD ["${6:node}", "${7:index.js}"]',
      '$0',
    ].join('\n'),
  },
  {
    name: 'run-apt',
    text: 'Install packages of Debian or Ubuntu, with a cache',
    body: [
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\\\',
      '    --mount=type=cache,target=/var/lib/apt,sharing=locked \\\\',
      '    apt-get update && apt-get install -y --no-install-recommends ${1:curl}',
      '$0',
    ].join('\n'),
  },
  { name: 'run-apk', text: 'Install packages of Alpine', body: 'RUN apk add --no-cache ${1:curl}\n$0' },
  {
    name: 'run-pip',
    text: 'Install what requirements.txt names, with a cache',
    body: 'RUN --mount=type=cache,target=/root/.cache/pip \\\\\n    pip install -r ${1:requirements.txt}\n$0',
  },
  {
    name: 'run-npm',
    text: 'Install what package-lock.json names, with a cache',
    body: 'COPY package.json package-lock.json ./\nRUN --mount=type=cache,target=/root/.npm npm ci\n$0',
  },
  {
    name: 'run-heredoc',
    text: 'Several commands in one layer',
    body: 'RUN <<EOF\nset -e\n${1:echo hello}\nEOF\n$0',
  },
  {
    name: 'copy-heredoc',
    text: 'A file written here',
    body: 'COPY <<EOF ${1:/etc/app.conf}\n${2:content}\nEOF\n$0',
  },
  {
    name: 'healthcheck-http',
    text: 'Ask the program over HTTP whether it is well',
    body: 'HEALTHCHECK --interval=${1:30s} --timeout=${2:3s} CMD ${3:curl -f http://localhost:8080/ || exit 1}\n$0',
  },
  {
    name: 'add-user',
    text: 'A user of its own to run as',
    body: 'RUN useradd --system --create-home ${1:app}\nUSER $1\n$0',
  },
  {
    name: 'labels',
    text: 'Labels that tools agree on',
    body: [
      'LABEL org.opencontainers.image.title="${1:name}" \\\\',
      '      org.opencontainers.image.source="${2:https://example.com/source}" \\\\',
      '      org.opencontainers.image.licenses="${3:MIT}"',
      '$0',
    ].join('\n'),
  },
];
