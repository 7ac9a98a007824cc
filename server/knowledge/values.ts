import { type Entry, entries } from './entry.ts';

/** Signals that programs take for a wish to end, the most usual first. */
export const SIGNALS: readonly Entry[] = entries({
  SIGTERM: 'Asks to end. The default.',
  SIGINT: 'As Ctrl+C.',
  SIGQUIT: 'Ends with a core dump; nginx and php-fpm finish their requests first.',
  SIGHUP: 'The terminal is gone; many servers read their configuration anew.',
  SIGKILL: 'Ends at once, without a chance to tidy up.',
  SIGUSR1: 'Whatever the program makes of it.',
  SIGUSR2: 'Whatever the program makes of it.',
  SIGWINCH: 'httpd finishes its requests first.',
  SIGABRT: 'Ends with a core dump.',
  SIGALRM: 'A timer ran out.',
  SIGPIPE: 'Nobody reads the pipe.',
  SIGCONT: 'Goes on.',
  SIGSTOP: 'Stands still; cannot be caught.',
  SIGTSTP: 'As Ctrl+Z.',
  'SIGRTMIN+3': 'systemd shuts down.',
});

/** Ports that programs are known by. */
export const PORTS: readonly Entry[] = entries({
  '80': 'HTTP',
  '443': 'HTTPS',
  '8080': 'HTTP of applications',
  '8443': 'HTTPS of applications',
  '3000': 'Node.js, Rails, Grafana',
  '5000': 'Flask, registries',
  '8000': 'Django, uvicorn',
  '4200': 'Angular',
  '5173': 'Vite',
  '9000': 'php-fpm',
  '5432': 'PostgreSQL',
  '3306': 'MySQL, MariaDB',
  '27017': 'MongoDB',
  '6379': 'Redis',
  '11211': 'Memcached',
  '5672': 'RabbitMQ',
  '9092': 'Kafka',
  '9200': 'Elasticsearch',
  '9090': 'Prometheus',
  '53/udp': 'DNS',
});

/** Shells as SHELL takes them. */
export const SHELLS: readonly Entry[] = entries({
  '["/bin/sh", "-c"]': 'The default.',
  '["/bin/bash", "-c"]': 'Bash.',
  '["/bin/bash", "-o", "pipefail", "-c"]': 'Bash, in which a pipe fails when any part of it does.',
  '["/bin/ash", "-eo", "pipefail", "-c"]': 'Alpine’s shell, in which a pipe fails when any part of it does.',
  '["/bin/zsh", "-c"]': 'Zsh.',
  '["powershell", "-Command"]': 'PowerShell on Windows.',
  '["cmd", "/S", "/C"]': 'The default on Windows.',
});

/** Labels that tools agree on (OCI image-spec, annotations.md), and one that is older and still usual. */
export const LABELS: readonly Entry[] = entries({
  'org.opencontainers.image.title': 'Name for people.',
  'org.opencontainers.image.description': 'What it is for.',
  'org.opencontainers.image.version': 'Version of the packaged software.',
  'org.opencontainers.image.authors': 'Who answers for it.',
  'org.opencontainers.image.url': 'Where more is told of it.',
  'org.opencontainers.image.documentation': 'Where it is documented.',
  'org.opencontainers.image.source': 'Where its source is.',
  'org.opencontainers.image.revision': 'Commit that it was built from.',
  'org.opencontainers.image.created': 'When it was built (RFC 3339).',
  'org.opencontainers.image.licenses': 'Licences, as SPDX spells them.',
  'org.opencontainers.image.vendor': 'Who distributes it.',
  'org.opencontainers.image.ref.name': 'Name of the reference.',
  'org.opencontainers.image.base.name': 'Image that it is built on.',
  'org.opencontainers.image.base.digest': 'Digest of the image that it is built on.',
  maintainer: 'Who answers for it; `org.opencontainers.image.authors` is what tools read.',
});

/** Arguments that the builder sets, each stage that declares them may use (Dockerfile reference, automatic platform ARGs). */
export const PREDEFINED: readonly Entry[] = entries({
  TARGETPLATFORM: 'Platform that the image is for: `linux/arm64`.',
  TARGETOS: 'Operating system of the target: `linux`.',
  TARGETARCH: 'Architecture of the target: `arm64`.',
  TARGETVARIANT: 'Variant of the architecture: `v7`.',
  TARGETOSVERSION: 'Version of the target’s operating system.',
  TARGETSTAGE: 'Name of the stage that is built.',
  BUILDPLATFORM: 'Platform of the machine that builds: `linux/amd64`.',
  BUILDOS: 'Operating system of the machine that builds.',
  BUILDARCH: 'Architecture of the machine that builds.',
  BUILDVARIANT: 'Variant of its architecture.',
  BUILDOSVERSION: 'Version of its operating system.',
  HTTP_PROXY: 'Proxy of the build; RUN has it without an ARG, and no image keeps it.',
  HTTPS_PROXY: 'Proxy of the build for HTTPS.',
  FTP_PROXY: 'Proxy of the build for FTP.',
  ALL_PROXY: 'Proxy of the build for all else.',
  NO_PROXY: 'Hosts without proxy.',
  SOURCE_DATE_EPOCH: 'Seconds since 1970 that the image and its files are dated by, for builds that come out the same.',
});

/** What may stand behind `${NAME`. */
export const MODIFIERS: readonly Entry[] = entries({
  ':-': 'This, where the variable is not set or empty.',
  ':+': 'This, where the variable is set and not empty; else nothing.',
  ':?': 'The build fails with this message where the variable is not set or empty.',
  '-': 'This, where the variable is not set.',
  '+': 'This, where the variable is set; else nothing.',
  '?': 'The build fails with this message where the variable is not set.',
  '#': 'Without the shortest match of the pattern at the beginning.',
  '##': 'Without the longest match of the pattern at the beginning.',
  '%': 'Without the shortest match of the pattern at the end.',
  '%%': 'Without the longest match of the pattern at the end.',
  '/': 'With the first match of the pattern replaced: `${NAME/pattern/text}`.',
  '//': 'With every match of the pattern replaced.',
});

/** Comments at the head of a file that the builder reads. */
export const DIRECTIVES: readonly Entry[] = entries({
  'syntax=docker/dockerfile:1': 'The frontend that reads this file.',
  'check=skip=': 'Checks to leave out; `error=true` makes those that remain fail the build.',
  'escape=`': 'The character that continues lines: for paths of Windows.',
});

/** Comments that tell linters what to leave out. */
export const PRAGMAS: readonly Entry[] = entries({
  'check=skip=': 'Turns checks off for the instruction below.',
  'hadolint ignore=': 'Turns rules off for the instruction below, for hadolint too.',
  'hadolint global ignore=': 'Turns rules off for the whole file, for hadolint too.',
  'hadolint shell=': 'The shell that reads the RUNs below, where the base image has another one than /bin/sh.',
});

/** What may stand behind the `=` of such a comment or of a directive; the group is what is typed of it. */
export const COMMENT_VALUES: readonly { readonly behind: RegExp; readonly entries: readonly Entry[] }[] = [
  {
    behind: /^syntax\s*=\s*(\S*)$/i,
    entries: entries({
      'docker/dockerfile:1': 'The newest release of version 1.',
      'docker/dockerfile:1-labs': 'The same with what is not stable yet.',
    }),
  },
  {
    behind: /^escape\s*=\s*(\S*)$/i,
    entries: entries({ '`': 'For paths of Windows.', '\\': 'The default.' }),
  },
  {
    behind: /^check\s*=\s*(?:[^;]*;)*\s*(\w*)$/i,
    entries: entries({
      'skip=': 'Checks to leave out, or `all`.',
      'error=true': 'What checks find makes the build fail.',
      'experimental=': 'Checks to run that are not stable yet, or `all`.',
    }),
  },
  {
    behind: /^hadolint\s+shell\s*=\s*(\S*)$/i,
    entries: entries({
      bash: 'Bash.',
      '/bin/ash': 'Alpine’s shell.',
      '/bin/ksh': 'KornShell.',
      powershell: 'PowerShell: RUNs are not looked at.',
      cmd: 'cmd.exe: RUNs are not looked at.',
    }),
  },
];

/** Names that stages often have. */
export const STAGE_NAMES: readonly Entry[] = entries({
  base: 'What other stages have in common.',
  deps: 'Installs what the program needs.',
  build: 'Makes the program.',
  builder: 'Makes the program.',
  test: 'Runs the tests.',
  dev: 'For work on the program.',
  runtime: 'What runs in the end.',
  production: 'What runs in the end.',
  final: 'What runs in the end.',
});

/** Users that every base has. */
export const USERS: readonly Entry[] = entries({
  root: 'May do everything in the container.',
  nobody: 'Owns nothing.',
  '1000': 'A number: needs no entry in /etc/passwd; its group is root’s.',
  '1000:1000': 'The same with a group of its own.',
});
