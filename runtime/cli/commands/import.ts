import { openArchive } from '../archive-input.ts';
import { type Command, print } from '../command.ts';
import { RefusedRequest } from '../engine-client.ts';
import { ProgressRecord } from '../records.ts';

/** `lapstrake import`. */
export const importImage: Command = {
  name: 'import',
  usage: '[OPTIONS] FILE|URL|- [REPOSITORY[:TAG]]',
  summary: 'Make an image of an archive of files',
  options: {
    change: { type: 'string', short: 'c', multiple: true },
    message: { type: 'string', short: 'm' },
    platform: { type: 'string' },
  },
  optionHelp: {
    change: 'a Dockerfile instruction for the image’s config, may be repeated',
    message: 'what the image’s history says of it',
    platform: 'what the image is for, such as linux/arm64',
  },
  positionals: [1, 2],
  async run(args, surface) {
    const [source = '-', repo] = args.positionals;
    const isUrl = /^https?:\/\//.test(source);
    const stream = isUrl ? undefined : await openArchive(source === '-' ? undefined : source, surface);
    const engine = await surface.engine();
    const lines = engine.lines(ProgressRecord, 'POST', '/images/create', {
      query: {
        fromSrc: isUrl ? source : '-',
        repo,
        changes: args.texts('change'),
        message: args.text('message'),
        platform: args.text('platform'),
      },
      headers: { 'Content-Type': 'application/x-tar' },
      ...(stream !== undefined && { stream }),
      signal: surface.signal,
    });
    for await (const { error, status } of lines) {
      if (error !== '') throw new RefusedRequest(500, error);
      print(surface.stdout, status);
    }
    return 0;
  },
};
