import { INSTRUCTION_NAMES } from '../../core/dockerfile/instructions.ts';

/** An instruction, said in short. */
export interface KeywordDoc {
  readonly syntax: string;
  readonly text: string;
}

const DOCS: Readonly<Record<(typeof INSTRUCTION_NAMES)[number], KeywordDoc>> = {
  FROM: {
    syntax: 'FROM [--platform=PLATFORM] IMAGE [AS NAME]',
    text: 'Starts a stage on an image, on an earlier stage, or on nothing (`scratch`).',
  },
  RUN: {
    syntax: 'RUN [--mount=…] [--network=…] COMMAND',
    text: 'Runs a command while the image is built. What it changes in the files becomes a layer.',
  },
  COPY: {
    syntax: 'COPY [--from=…] [--chown=…] [--chmod=…] [--link] [--parents] [--exclude=…] SOURCE… DESTINATION',
    text: 'Brings files of the build context, of another stage or of an image into a layer.',
  },
  ADD: {
    syntax: 'ADD [--checksum=…] [--chown=…] [--chmod=…] [--unpack] SOURCE… DESTINATION',
    text: 'As COPY, and also fetches URLs and Git repositories, and unpacks local tar archives.',
  },
  ENV: {
    syntax: 'ENV NAME=VALUE…',
    text: 'Sets environment variables, for the rest of the build and in every container.',
  },
  ARG: {
    syntax: 'ARG NAME[=DEFAULT]…',
    text: 'Declares variables that `--build-arg` can set; they are not in the environment of containers.',
  },
  LABEL: { syntax: 'LABEL NAME=VALUE…', text: 'Adds metadata to the image.' },
  WORKDIR: {
    syntax: 'WORKDIR PATH',
    text: 'Sets the directory that later instructions and containers work in, and makes it if it is not there.',
  },
  USER: { syntax: 'USER USER[:GROUP]', text: 'Sets who later RUNs and containers run as.' },
  EXPOSE: {
    syntax: 'EXPOSE PORT[/PROTOCOL]…',
    text: 'Says on which ports the program listens. It publishes nothing: `run -p` does.',
  },
  VOLUME: { syntax: 'VOLUME PATH…', text: 'Gives every container a volume of its own at these paths.' },
  CMD: {
    syntax: 'CMD ["PROGRAM", "ARGUMENT"…]',
    text: 'What a container runs where nothing else is said, or the default arguments of ENTRYPOINT. The last one counts.',
  },
  ENTRYPOINT: {
    syntax: 'ENTRYPOINT ["PROGRAM", "ARGUMENT"…]',
    text: 'The program that a container runs; what `run` gets behind the image’s name is passed on to it.',
  },
  SHELL: { syntax: 'SHELL ["PROGRAM", "ARGUMENT"…]', text: 'Sets the shell that runs commands in shell form.' },
  STOPSIGNAL: {
    syntax: 'STOPSIGNAL SIGNAL',
    text: 'The signal that asks a container to stop: SIGTERM where none is set.',
  },
  HEALTHCHECK: {
    syntax: 'HEALTHCHECK [--interval=…] [--timeout=…] [--retries=…] CMD COMMAND | NONE',
    text: 'A command that says from time to time whether the container is well.',
  },
  ONBUILD: {
    syntax: 'ONBUILD INSTRUCTION',
    text: 'Leaves an instruction for builds that start from this image.',
  },
  MAINTAINER: { syntax: 'MAINTAINER NAME', text: 'Deprecated: use `LABEL org.opencontainers.image.authors=…`.' },
};

/** What an instruction is for; undefined for none that BuildKit knows. */
export function keywordDoc(name: string): KeywordDoc | undefined {
  const known = INSTRUCTION_NAMES.find((each) => each === name);
  return known && DOCS[known];
}

/** Its chapter in the Dockerfile reference. */
export function referenceUrl(name: string): string {
  const chapter = name === 'MAINTAINER' ? 'maintainer-deprecated' : name.toLowerCase();
  return `https://docs.docker.com/reference/dockerfile/#${chapter}`;
}

/** The chapter of a flag; flags of FROM and HEALTHCHECK have none of their own. */
export function flagReferenceUrl(instruction: string, flag: string): string {
  const url = referenceUrl(instruction);
  return instruction === 'FROM' || instruction === 'HEALTHCHECK' ? url : `${url}---${flag}`;
}
