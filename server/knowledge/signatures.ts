/** The forms of each instruction, in the parts that are written one after the other; flags are one part. */
export const SIGNATURES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  FROM: [['[--platform=PLATFORM]', 'IMAGE[:TAG|@DIGEST]', '[AS]', '[NAME]']],
  RUN: [
    ['[--mount=… --network=… --security=…]', 'COMMAND'],
    ['["PROGRAM"', ', "ARGUMENT"…]'],
  ],
  COPY: [
    ['[--from=… --chown=… --chmod=… --link --parents --exclude=…]', 'SOURCE…', 'DESTINATION'],
    ['["SOURCE"', ', "DESTINATION"]'],
  ],
  ADD: [
    ['[--checksum=… --chown=… --chmod=… --link --unpack --exclude=…]', 'SOURCE…', 'DESTINATION'],
    ['["SOURCE"', ', "DESTINATION"]'],
  ],
  ENV: [['NAME=VALUE', '…']],
  ARG: [['NAME[=DEFAULT]', '…']],
  LABEL: [['NAME=VALUE', '…']],
  WORKDIR: [['PATH']],
  USER: [['USER[:GROUP]']],
  EXPOSE: [['PORT[/PROTOCOL]', '…']],
  VOLUME: [
    ['PATH', '…'],
    ['["PATH"', ', …]'],
  ],
  CMD: [['COMMAND'], ['["PROGRAM"', ', "ARGUMENT"…]']],
  ENTRYPOINT: [['COMMAND'], ['["PROGRAM"', ', "ARGUMENT"…]']],
  SHELL: [['["PROGRAM"', ', "ARGUMENT"…]']],
  STOPSIGNAL: [['SIGNAL']],
  HEALTHCHECK: [
    ['[--interval=… --timeout=… --start-period=… --start-interval=… --retries=…]', 'CMD', 'COMMAND'],
    ['NONE'],
  ],
  ONBUILD: [['INSTRUCTION', 'ARGUMENTS']],
  MAINTAINER: [['NAME']],
};
