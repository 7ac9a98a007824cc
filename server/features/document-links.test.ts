import { expect, it } from 'vitest';
import { documentLinks } from './document-links.ts';
import { readingOf, testContext, textIn } from './test-reading.test-support.ts';

it('leads from images to their pages, with variables resolved, and not from stages', async () => {
  const text = [
    '# syntax=docker/dockerfile:1',
    'ARG V=22',
    'FROM node:$V AS build',
    'FROM quay.io/a/b:1',
    'FROM build',
    'COPY --from=own/tool /x /y',
    'COPY --from=build /x /y',
    'FROM scratch',
    'FROM localhost:5000/x',
    'FROM registry.example.com/own/x',
    'FROM ghcr.io/own/x:1',
    'FROM us-docker.pkg.dev/own/x/y',
    'FROM public.ecr.aws/own/x:1',
    'FROM a:$NONE',
    'FROM x AS s-22',
    'FROM s-$V',
    'FROM ${NONE:-y}:1',
  ].join('\n');
  const links = await documentLinks(readingOf(text));
  expect(links.map(({ range, target }) => [textIn(text, range), target])).toEqual([
    ['docker/dockerfile:1', 'https://hub.docker.com/r/docker/dockerfile'],
    ['node:$V', 'https://hub.docker.com/_/node'],
    ['quay.io/a/b:1', 'https://quay.io/repository/a/b?tab=tags&tag=1'],
    ['own/tool', 'https://hub.docker.com/r/own/tool'],
    ['ghcr.io/own/x:1', 'https://ghcr.io/own/x'],
    ['us-docker.pkg.dev/own/x/y', 'https://us-docker.pkg.dev/own/x/y'],
    ['public.ecr.aws/own/x:1', 'https://gallery.ecr.aws/own/x'],
    ['x', 'https://hub.docker.com/_/x'],
    ['${NONE:-y}:1', 'https://hub.docker.com/_/y'],
  ]);
});

it('leads from sources to files that are there, and to addresses', async () => {
  await using context = await testContext({ 'src/a.js': 'a', 'b c': 'b', '.dockerignore': 'gone\n', gone: '' });
  const text = [
    'FROM scratch',
    'COPY ./src/a.js src gone /x/',
    'ADD https://example.com/a.tgz /y/',
    'RUN --mount=type=bind,source=src/a.js,target=/t cat /t',
    'COPY ["b c", "/z"]',
    'ENV V=1.2 N=src',
    'ADD "https://example.com/v$V.tgz" https://example.com/$NONE.tgz $N/a.js /y/',
  ].join('\n');
  const links = await documentLinks(context.reading(text));
  expect(links.map(({ range, target }) => [textIn(text, range), target])).toEqual([
    ['./src/a.js', `file://${context.root}/src/a.js`],
    ['https://example.com/a.tgz', 'https://example.com/a.tgz'],
    ['src/a.js', `file://${context.root}/src/a.js`],
    ['"b c"', `file://${context.root}/b%20c`],
    ['"https://example.com/v$V.tgz"', 'https://example.com/v1.2.tgz'],
    ['$N/a.js', `file://${context.root}/src/a.js`],
  ]);
});
