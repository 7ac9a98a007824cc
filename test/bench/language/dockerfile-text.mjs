// Dockerfiles of any length for the language benchmarks, as they are written: stages, continued lines, comments, mistakes.

/** A stage of 26 lines. `word` makes scripts differ from document to document, so that none is known from another. */
function stage(index, word) {
  const below = index === 0 ? [] : [`COPY --from=stage${index - 1} /srv/out /srv/below`];
  return [
    `FROM node:22-bookworm AS stage${index}`,
    `# What ${word} number ${index} needs.`,
    `ARG VERSION_${index}=1.${index}.0`,
    'ENV NODE_ENV=production \\',
    `    APP_NAME="${word}-${index}" \\`,
    `    PORT=8${String(index).padStart(3, '0')}`,
    `WORKDIR /srv/${word}/app${index}`,
    'RUN apt-get update \\',
    `    && apt-get install -y --no-install-recommends curl=7.88.1 git ${word}-${index} \\`,
    '    && rm -rf /var/lib/apt/lists/*',
    'COPY package.json package-lock.json ./',
    ...(below.length > 0 ? below : ['COPY tools ./tools']),
    `RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev && echo "$APP_NAME" > /srv/name-${index}`,
    'COPY . .',
    `RUN pip install requests==2.${index} flask && cd /srv/${word} && make all`,
    'RUN set -eux; \\',
    `    for each in one two ${word}; do \\`,
    '      echo "$each $VERSION" | tee -a /srv/list; \\',
    '    done',
    `LABEL org.opencontainers.image.title="${word}" org.opencontainers.image.version="1.${index}"`,
    'EXPOSE 8080/tcp',
    `HEALTHCHECK --interval=30s CMD curl -f http://localhost:8080/${word} || exit 1`,
    'USER node',
    `ENTRYPOINT ["node", "server-${index}.js"]`,
    'CMD npm start',
    'CMD npm run serve',
  ];
}

/** Turns on the rules that BuildKit calls experimental; a comment to others. */
const HEAD = '# check=experimental=all';

/** A text of that many lines. */
export function dockerfileText(lineCount, word) {
  const lines = [HEAD];
  for (let index = 0; lines.length < lineCount; index++) lines.push(...stage(index, word));
  return `${lines.slice(0, lineCount).join('\n')}\n`;
}

/**
 * Keys as somebody types them, in a burst at one place of the text: a word of a RUN gets longer and shorter again, and a line
 * is broken and joined, which moves all that is below. Whatever was typed is gone after the burst.
 * @returns {{ range: object, text: string }[]} changes as `textDocument/didChange` has them
 */
export function keysAt(lines, from) {
  const after = lines.findIndex((line, index) => index >= from && line.includes('apt-get install'));
  const line = after === -1 ? lines.findIndex((each) => each.includes('apt-get install')) : after;
  const end = lines[line].lastIndexOf(' \\');
  const insert = (character, text) => ({ range: rangeOf(line, character, line, character), text });
  const remove = (character) => ({ range: rangeOf(line, character, line, character + 1), text: '' });
  const start = { ...insert(0, '\n'), range: rangeOf(line - 1, 0, line - 1, 0) };
  return [
    ...['-', 'd', 'e', 'v'].map((key, index) => insert(end + index, key)),
    ...[3, 2, 1, 0].map((index) => remove(end + index)),
    start,
    { range: rangeOf(line - 1, 0, line, 0), text: '' },
  ];
}

function rangeOf(line, character, endLine, endCharacter) {
  return { start: { line, character }, end: { line: endLine, character: endCharacter } };
}
