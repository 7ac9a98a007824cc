import type { CopyInstruction, Instruction } from '../../dockerfile/instructions.ts';
import { hasWord, operands } from '../command-words.ts';
import { type Fix, hadolintRule } from '../rule.ts';
import type { RunCommand, RunScript } from '../run-scripts.ts';
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
      fix: {
        does: 'Changes COPY and the RUN that only unpacks to one ADD.',
        changes: 'the archive itself is not in the image; its files have the owners that it names',
      },
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
        yield {
          message: `${found} is unpacked below; ADD does that by itself`,
          range: copy.node.range,
          at: copy.node,
          fixes: addInstead(
            copy,
            scripts.find(({ outer }) => outer === instructions[instructions.indexOf(copy) + 1]),
          ),
        };
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

/** Of a COPY of one archive, with a RUN right below that unpacks it into a folder, and at most deletes it then. */
function addInstead({ node, sources, destination }: CopyInstruction, run: RunScript | undefined): Fix[] {
  const [source] = sources;
  if (source?.kind !== 'path' || sources.length > 1 || destination === undefined || node.json) return [];
  if (run?.shellForm === undefined || node.flags.length > 0 || run.run.node.flags.length > 0) return [];
  const path = source.path.text;
  const copied = destination.text.endsWith('/') ? `${destination.text}${fileName(path)}` : destination.text;
  const into =
    /^tar\s+(?:-?xz?v?f|-?xvz?f|--extract\s+--file)\s+(\S+)\s+(?:-C|--directory)\s+(\/[\w./-]*)(?:\s*&&\s*rm(?:\s+-r?f)?\s+(\S+))?$/.exec(
      run.shellForm.text,
    );
  if (into === null || !/^\/[\w./-]+$/.test(copied) || into[1] !== copied || (into[3] ?? copied) !== copied) return [];
  const folder = into[2]?.endsWith('/') ? into[2] : `${into[2]}/`;
  const range = { start: node.range.start, end: run.outer.node.range.end };
  const newText = `ADD ${path} ${folder}`;
  return [{ title: `Change to ${newText}`, edits: [{ range, newText }] }];
}
