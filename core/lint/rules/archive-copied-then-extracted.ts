import type { CopyInstruction, Instruction } from '../../dockerfile/instructions.ts';
import { hasWord, operands } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import type { RunCommand } from '../run-scripts.ts';
import { isArchive, unquoted } from '../source-kind.ts';

const UNPACKERS = ['tar', 'unzip', 'gunzip', 'bunzip2', 'unlzma', 'unxz', 'zgz', 'uncompress', 'zcat', 'gzcat'];

/** COPY of an archive that a RUN unpacks: hadolint's DL3010. */
export const archiveCopiedThenExtracted = hadolintRule(
  {
    id: 'archive-copied-then-extracted',
    code: 'DL3010',
    title: 'ADD unpacks local archives',
    severity: 'info',
    scope: 'stage',
    docs: {
      why: 'COPY leaves the archive in a layer of its own; deleting it later makes no image smaller.',
      bad: 'FROM debian:13\nCOPY app.tar.gz /tmp/\nRUN tar -xzf /tmp/app.tar.gz -C /opt',
      good: 'FROM debian:13\nADD app.tar.gz /opt/',
    },
  },
  function* ({ sections, scripts }) {
    for (const { instructions, stage } of sections) {
      const copies = instructions.filter(bringsArchive);
      if (copies.length === 0) continue;
      const unpacked = scripts
        .filter((script) => script.stage === (stage?.stage.index ?? -1))
        .flatMap(({ commands, run }) => commands.filter(unpacks).map((command) => ({ names: names(command), run })));
      for (const copy of copies) {
        const found = archives(copy).find((name) =>
          unpacked.some(({ names, run }) => names.includes(name) && run.node.startLine > copy.node.startLine),
        );
        if (found === undefined) continue;
        yield { message: `${found} is unpacked below; ADD does that by itself`, range: copy.node.range, at: copy.node };
      }
    }
  },
);

function bringsArchive(instruction: Instruction): instruction is CopyInstruction {
  return instruction.kind === 'COPY' && instruction.from === undefined && archives(instruction).length > 0;
}

function archives({ sources, destination }: CopyInstruction): string[] {
  const target = destination?.text ?? '';
  if (isArchive(target)) return [fileName(target)];
  return sources.flatMap((source) =>
    source.kind === 'path' && isArchive(source.path.text) ? [fileName(source.path.text)] : [],
  );
}

function unpacks(command: RunCommand): boolean {
  if (!UNPACKERS.includes(command.program)) return false;
  if (command.program !== 'tar') return true;
  return hasWord(command, '--extract', '--get') || command.words.some((word) => /^-[^-]*x/.test(word));
}

function names(command: RunCommand): string[] {
  return operands(command).map(({ text }) => fileName(text));
}

function fileName(path: string): string {
  const name = unquoted(path);
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}
