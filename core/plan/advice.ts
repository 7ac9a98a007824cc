/** What each error of a Dockerfile asks to be done, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  'no-instructions': 'Begin the Dockerfile with FROM and the image to build on, or FROM scratch.',
  'instruction-unknown':
    'Correct the name of the instruction; a line that goes on needs a backslash at the end of the one before.',
  'no-stage': 'Put FROM before it: only ARG may stand above the first FROM.',
  'from-arguments': 'Write FROM image, or FROM image AS name.',
  'stage-name-invalid': 'Begin the name with a letter, and use letters, digits, -, _ and . only.',
  'base-invalid': 'Give the variable a value by ARG before FROM or by --build-arg, or correct the name of the image.',
  'platform-invalid': 'Write the platform as os/architecture, such as linux/amd64.',
  'flag-unknown': 'Remove the flag, or correct its name.',
  'flag-value-missing': 'Write the flag as --name=value, without a space.',
  'flag-duplicate': 'Keep one of the two.',
  'stage-unknown': 'Name a stage above this one, or an image; stages are counted from 0.',
  'stage-circular': 'Take the files from another stage: one cannot copy from itself.',
  'target-unknown': 'Name a stage of the Dockerfile by --target.',
  'no-stages': 'Begin the Dockerfile with FROM and the image to build on, or FROM scratch.',
  'image-missing': 'Correct the name of the image or of the stage, or pull the image.',
  'destination-missing': 'Write what is copied and, as the last word, where it goes.',
  'copy-source-missing': 'Name a path that is inside of the build context, relative to its root.',
  'copy-source-ignored': 'Take the path out of .dockerignore, or add a line !path there.',
  'copy-destination-invalid': 'End the destination with a slash.',
  'copy-onto-directory': 'End the destination with a slash to copy into the directory.',
  'copy-onto-file': 'Copy to another path, or remove what is there by RUN before.',
  'copy-flag-invalid':
    'Correct the value of the flag: --chmod takes 755 or u=rwX,go=rX, --checksum is for URLs and repositories.',
  'git-source-invalid': 'Write the repository as https://host/name.git#ref:folder.',
  'git-failed':
    'Correct the address, or build again when its server answers; of one that asks who you are, give a token by --secret id=GIT_AUTH_TOKEN,env=NAME, or an SSH agent by --ssh default.',
  'git-commit-differs': 'Write the commit that the name stands for now, if that is what is wanted.',
  'git-subdir-missing': 'Name a folder that the repository has behind the colon, or leave it out.',
  'redirects-without-end': 'Name the address that it leads to in the end.',
  'git-ref-missing': 'Name a branch or tag that the repository has, or a commit in full.',
  'user-unknown': 'Create the user by RUN before, or give its number.',
  'group-unknown': 'Create the group by RUN before, or give its number.',
  'heredoc-unterminated': 'End the text with a line that holds nothing but its delimiter.',
  'mount-invalid': 'Write the mount as --mount=type=…,target=…: bind, cache, tmpfs, secret and ssh are there.',
  'mount-source-missing': 'Name a path that is there in what the mount takes it from.',
  'secret-missing': 'Give the secret to the build by --secret.',
  'network-invalid': 'Use --network=default, none or host.',
  'security-insecure':
    'Leave it out, or build with --allow security.insecure: it may do to this machine what root may.',
  'security-invalid': 'Use --security=sandbox.',
  'command-not-found': 'Install the program by RUN before, or name it with its path.',
  'platform-not-runnable':
    'Install qemu-user-static with binfmt support on the engine’s machine, or run the command in a stage FROM --platform=$BUILDPLATFORM.',
  'command-failed':
    'Look at the last lines of its output; lapstrake build --shell-on-failure opens a shell where it ran.',
  'pair-without-value': 'Write NAME=value.',
  'pair-without-equals': 'Write NAME=value, and put a value with spaces in quotes.',
  'name-blank': 'Write a name before the =.',
  'argument-missing': 'Write what the instruction is about behind it.',
  'argument-extra': 'Remove what is too much.',
  'expansion-failed':
    'Give the variable a value by ENV, ARG or --build-arg, or correct its braces, quotes and modifiers.',
  'port-invalid': 'Write a port from 1 to 65535, or a range, and maybe /tcp, /udp or /sctp.',
  'volume-empty': 'Name the path of the volume.',
  'signal-invalid': 'Name a signal, such as SIGTERM, or its number.',
  'shell-form': 'Write a JSON list, such as ["/bin/bash", "-c"].',
  'type-unknown': 'Write HEALTHCHECK CMD and the command, or HEALTHCHECK NONE.',
  'duration-invalid': 'Write a duration with its unit, such as 30s or 1m30s.',
  'duration-too-short': 'Give at least 1ms.',
  'retries-invalid': 'Give a number that is not negative.',
  'command-missing': 'Write the command behind CMD.',
  'trigger-invalid': 'Write an instruction behind ONBUILD that is none of ONBUILD, FROM and MAINTAINER.',
  'escape-invalid': 'Use # escape=\\ or # escape=`.',
  'directive-duplicate': 'Keep one of the two.',
  'check-invalid': 'Write # check=skip=NAME,NAME;error=true.',
  'check-violated':
    'Correct what was found, leave a rule out by # check=skip=NAME;error=true, or take error=true away.',
  'add-checksum': 'Write the digest that it has now, if that is what is wanted.',
  'download-failed': 'Correct the address, or build again when its server answers.',
  'ignore-invalid': 'Correct the line of the ignore file, or remove it.',
  'dockerfile-missing': 'Name the Dockerfile by --file.',
  'context-changed': 'Build again.',
  'source-date-invalid':
    'Write SOURCE_DATE_EPOCH in seconds since 1970, such as git log -1 --format=%ct says them, or context.',
};

/** What to do about an error of a Dockerfile; undefined where its message says all that there is to say. */
export function adviceFor(code: string): string | undefined {
  return ADVICE[code];
}
