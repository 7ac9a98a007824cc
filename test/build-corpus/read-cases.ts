import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of a case's build context. */
export interface CorpusFile {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link';
  /** A link's target; a file's text, with `\r\n` where the case asks for it. */
  readonly content: string;
  /** Octal. */
  readonly mode: number;
}

/** An archive that is made of a folder of the context, which is then not in the context itself. */
export interface CorpusArchive {
  readonly path: string;
  readonly folder: string;
  /** `uid:gid` of all its files. */
  readonly owner: string;
}

/** A Dockerfile with its context, and how it is built. */
export interface CorpusCase {
  /** Of the file that it stands in, without extension. */
  readonly topic: string;
  readonly title: string;
  /** Options of the build, as of `docker build`. */
  readonly args: readonly string[];
  readonly files: readonly CorpusFile[];
  readonly archives: readonly CorpusArchive[];
  /** Paths that an old BuildKit leaves behind where it had mounted something. */
  readonly stubs: readonly string[];
  /** `path mode uid:gid content` of what the layers above the base hold, where the case says so itself. */
  readonly expected?: readonly string[];
}

/** Reads all cases of the corpus; README.md says how they are written. */
export async function readCorpus(): Promise<CorpusCase[]> {
  const folder = import.meta.dirname;
  const names = (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text, at) =>
    text
      .split(/^=== /m)
      .slice(1)
      .map((each) => readCase(names[at]!.replace(/\.txt$/, ''), each)),
  );
}

function readCase(topic: string, text: string): CorpusCase {
  const [head = '', ...parts] = text.split(/^--- /m);
  const [title = '', ...settings] = head.trim().split('\n');
  const values = (name: string): string[] =>
    settings.flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []));
  const crlf = values('crlf');
  const expected = parts.find((part) => part.startsWith('expected\n'));
  return {
    topic,
    title,
    args: values('args').flatMap((line) => line.split(' ')),
    files: parts.filter((part) => part !== expected).map((part) => readFilePart(part, crlf)),
    archives: values('tar').map(readArchive),
    stubs: values('stubs').flatMap((line) => line.split(' ')),
    ...(expected !== undefined && { expected: expected.trim().split('\n').slice(1) }),
  };
}

function readFilePart(part: string, crlf: readonly string[]): CorpusFile {
  const end = part.indexOf('\n');
  const [head, content] = [part.slice(0, end), part.slice(end + 1)];
  const link = /^(.*) -> (.*)$/.exec(head);
  if (link) return { path: link[1]!, kind: 'link', content: link[2]!, mode: 0o777 };
  if (head.endsWith('/')) return { path: head.slice(0, -1), kind: 'directory', content: '', mode: 0o755 };
  const [, path = '', mode = '644'] = /^(.*?)(?: mode=([0-7]+))?$/.exec(head) ?? [];
  return {
    path,
    kind: 'file',
    content: crlf.includes(path) ? content.replaceAll('\n', '\r\n') : content,
    mode: Number.parseInt(mode, 8),
  };
}

function readArchive(line: string): CorpusArchive {
  const [, path = '', folder = '', owner = '0:0'] = /^(\S+) = (\S+)(?: owner=(\S+))?$/.exec(line) ?? [];
  return { path, folder, owner };
}
