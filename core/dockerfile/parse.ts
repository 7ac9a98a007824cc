import type { Comment, DocLine, Heredoc, InstructionNode, Parsed, Problem, Range, SyntaxTree } from './ast.ts';
import { DirectiveReader } from './directives.ts';
import { canHaveHeredocs, findHeredocs } from './heredocs.ts';
import { type ReadNode, readNode } from './instruction-node.ts';
import { JoinedLine, type Piece } from './joined-line.ts';
import { LineAnchor, rangeBetween } from './line-anchor.ts';
import { ownText } from './own-text.ts';
import { anchorsOf, type ParseMemory } from './parse-memory.ts';
import { endOf, toNode } from './placed-node.ts';
import { readHeredoc } from './read-heredoc.ts';
import { lineRange, type SourceLine } from './source-lines.ts';
import { SourcePart } from './source-part.ts';
import { utf8Length } from './utf8.ts';
import { skipSpace } from './white-space.ts';

const LONGEST_LINE = 65_535;

/** Parses a Dockerfile as BuildKit's parser does, but goes on behind errors. */
export function parseSyntax(text: string): Parsed<SyntaxTree> {
  return new Parser(text).parse();
}

/** Where a part of a file begins: behind some instruction. */
export interface PartStart {
  /** Its first line, from 0. */
  readonly line: number;
  readonly escape: '\\' | '`';
}

/** A part of a file, parsed. */
export interface ParsedPart {
  readonly tree: SyntaxTree;
  readonly problems: {
    readonly directives: readonly Problem[];
    /** Of lines that are too long. */
    readonly lengths: readonly Problem[];
    readonly rest: readonly Problem[];
  };
  /** Those of its instructions that may be known again by their source. */
  readonly plain: ReadonlySet<InstructionNode>;
  /** What all its places hang on, those of directives aside. */
  readonly anchors: readonly LineAnchor[];
  /** Whether what follows it might belong to its last instruction, or its last comment to what follows. */
  readonly isOpen: boolean;
  /** Where a line starts in the text that was parsed, by its number in the file. */
  offsetOf(line: number): number;
}

/** Parses whole lines of a file, from its start or from behind an instruction on. What `memory` knows is taken from there, and moved. */
export function parsePart(text: string, start: PartStart | undefined, memory: ParseMemory): ParsedPart {
  return new Parser(text, start, memory).parsePart();
}

// Each instruction would keep lists of its own with nothing in them.
const NO_COMMENT: readonly DocLine[] = [];
const NO_HEREDOCS: readonly Heredoc[] = [];

class Parser {
  private readonly source: SourcePart;
  private readonly reader: DirectiveReader;
  private readonly comments: Comment[] = [];
  private readonly instructions: InstructionNode[] = [];
  private readonly lengths: Problem[] = [];
  private readonly problems: Problem[] = [];
  private docComment: DocLine[] = [];
  /** The number of the next line. */
  private at: number;

  /** Instructions that can be known again. */
  private readonly plain = new Set<InstructionNode>();
  private readonly anchors: LineAnchor[] = [];
  /** Of what is being read; absent where no later version is to be read. */
  private anchor: LineAnchor | undefined;
  private isCutOff = false;

  constructor(
    private readonly text: string,
    start?: PartStart,
    private readonly memory?: ParseMemory,
  ) {
    this.source = new SourcePart(text, start?.line ?? 0, start === undefined ? 'file' : 'part');
    this.reader = new DirectiveReader(text, start?.escape);
    this.at = this.source.first;
  }

  parse(): Parsed<SyntaxTree> {
    const { tree, problems } = this.parsePart();
    const { directives, lengths, rest } = problems;
    return {
      value: tree,
      problems: [...directives, ...lengths, ...rest, ...(tree.instructions.length === 0 ? [noInstructions()] : [])],
    };
  }

  parsePart(): ParsedPart {
    this.checkLengths();
    while (this.at < this.source.end) this.parseLogicalLine();
    const { source, reader, comments, instructions, plain, anchors } = this;
    return {
      tree: { escape: reader.escape, directives: reader.directives, comments, instructions },
      problems: { directives: reader.problems, lengths: this.lengths, rest: this.problems },
      plain,
      anchors,
      isOpen: this.isCutOff || this.docComment.length > 0,
      offsetOf: (line) => source.offsetOf(line),
    };
  }

  /** Length and count of bytes are the same for ASCII, so that only long lines are counted. */
  private checkLengths(): void {
    const { lines, first } = this.source;
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index]!;
      const end = this.text.charAt(line.next - 1) === '\n' ? line.next - 1 : line.next;
      if ((end - line.origin) * 3 <= LONGEST_LINE || utf8Length(this.text, line.origin, end) <= LONGEST_LINE) continue;
      const message = `dockerfile line greater than max allowed size of ${LONGEST_LINE}`;
      this.setAnchor(first + index);
      const range = lineRange(line, first + index, line.start, line.end, this.anchor);
      this.lengths.push({ code: 'line-too-long', message, range, severity: 'error' });
    }
  }

  private parseLogicalLine(): void {
    const startLine = this.at++;
    const line = this.source.line(startLine)!;
    this.anchor = undefined;
    const start = skipSpace(this.text, line.start, line.end);
    const { length: known } = this.reader.directives;
    if (this.reader.read(line, startLine, start)) {
      // One that was there before counts for nothing.
      if (this.reader.directives.length === known) this.addSilentComment(line, startLine, start);
      return;
    }
    if (this.text.charAt(start) === '#') {
      this.setAnchor(startLine);
      this.addComment(line, startLine, start);
      return;
    }
    if (this.addKnown(line, startLine)) return;
    let part = this.part(line, startLine, start);
    if (!part.continues && part.start === part.end) return;
    this.setAnchor(startLine);
    const parts = [part];
    const emptyContinuationLines: number[] = [];
    while (part.continues && this.at < this.source.end) {
      const number = this.at++;
      const next = this.source.line(number)!;
      const first = skipSpace(this.text, next.start, next.end);
      if (first === next.end) emptyContinuationLines.push(number);
      else if (this.text.charAt(first) === '#') this.addSilentComment(next, number, first);
      else {
        part = this.part(next, number, next.start);
        parts.push(part);
      }
    }
    const source = this.source.textOf(startLine, this.at);
    const joined = this.join(parts, source, line.origin);
    this.addInstruction(joined, source, startLine, emptyContinuationLines, part.continues ? 'cut-off' : 'whole');
  }

  /** A line without its continuation character. */
  private part(line: SourceLine, number: number, start: number): Part {
    const { text } = this;
    const escapeToken = this.reader.escape;
    let end = line.end;
    while (end > start && isTabOrSpace(text.charAt(end - 1))) end--;
    const escaped = end > start && text.charAt(end - 1) === escapeToken;
    const isContinuation = escaped && (end - 1 === start || text.charAt(end - 2) !== escapeToken);
    return { line, number, start, end: isContinuation ? end - 1 : line.end, continues: isContinuation };
  }

  /** `source`: the text of the lines, which starts at `origin`. */
  private join(parts: readonly Part[], source: string, origin: number): JoinedLine {
    let offset = 0;
    const pieces = parts.map(({ line, number, start, end }): Piece => {
      const piece = { offset, line: number, character: start - line.origin };
      offset += end - start;
      return piece;
    });
    const texts = parts.map(({ start, end }) => source.slice(start - origin, end - origin));
    return new JoinedLine(texts, pieces, this.anchor);
  }

  private addInstruction(
    joined: JoinedLine,
    command: string,
    startLine: number,
    emptyContinuationLines: readonly number[],
    how: 'whole' | 'cut-off',
  ): void {
    const commandEndLine = this.at - 1;
    const docComment = this.docComment.length === 0 ? NO_COMMENT : this.docComment;
    this.docComment = [];
    const before = this.problems.length;
    const read = readNode(joined, 0, joined.text.length, this.reader.escape);
    if (read.problems.length > 0) this.problems.push(...read.problems);
    const heredocs = this.readHeredocs(read, joined);
    const endLine = this.at - 1;
    const range = rangeBetween(read.keyword.range.start, endOf(read, heredocs, joined));
    const source = heredocs.length === 0 ? command : this.source.textOf(startLine, this.at);
    const place = { source, heredocs, docComment, startLine, commandEndLine, endLine, emptyContinuationLines, range };
    const node = toNode(read, place, this.anchor);
    this.instructions.push(node);
    // Comments among its lines are the file's, and what the end of the file cut off would go on in a longer one.
    const isPlain = this.problems.length === before && how === 'whole' && !joined.hasGaps;
    if (isPlain && source.endsWith('\n')) this.plain.add(node);
    this.isCutOff = how === 'cut-off' || heredocs.some(({ terminator }) => terminator === undefined);
  }

  /** Takes an instruction from the last version, where its text stands there again. */
  private addKnown(line: SourceLine, startLine: number): boolean {
    const { memory } = this;
    if (memory === undefined || memory.isEmpty || memory.escapeToken !== this.reader.escape) return false;
    const known = memory.take(startLine, (source) => this.text.startsWith(source, line.origin));
    if (known === undefined) return false;
    const { docComment } = this;
    this.docComment = [];
    const node = memory.withComment(known, docComment);
    // Those of a comment that was read anew are there already.
    this.anchors.push(...(node === known ? anchorsOf(node) : [node.anchor]));
    this.at = node.endLine + 1;
    this.instructions.push(node);
    this.plain.add(node);
    this.isCutOff = false;
    return true;
  }

  private readHeredocs(read: ReadNode, joined: JoinedLine): readonly Heredoc[] {
    if (!joined.text.includes('<<') || !canHaveHeredocs(read)) return NO_HEREDOCS;
    const found: Heredoc[] = [];
    for (const marker of findHeredocs(joined.text)) {
      const range = joined.range(marker.start, marker.end);
      const { heredoc, next } = readHeredoc(marker, range, this.source, this.at, this.anchor);
      this.at = next;
      found.push(heredoc);
      if (heredoc.terminator !== undefined) continue;
      this.error('heredoc-unterminated', 'unterminated heredoc', heredoc.marker);
      break;
    }
    return found;
  }

  private addComment(line: SourceLine, number: number, start: number): void {
    const comment = this.addSilentComment(line, number, start);
    const text = comment.text.slice(1).trim();
    if (text === '') this.docComment = [];
    else this.docComment.push({ text, range: comment.range });
  }

  /** One that says nothing of the instruction below. */
  private addSilentComment(line: SourceLine, number: number, start: number): Comment {
    const text = ownText(this.text.slice(start, line.end));
    const comment = { text, range: lineRange(line, number, start, line.end, this.anchor) };
    this.comments.push(comment);
    return comment;
  }

  /** Has what is read next hang on an anchor of its own. */
  private setAnchor(line: number): void {
    if (this.memory === undefined) return;
    this.anchor = new LineAnchor(line);
    this.anchors.push(this.anchor);
  }

  private error(code: string, message: string, range: Range): void {
    this.problems.push({ code, message, range, severity: 'error' });
  }
}

/** What is wrong with a file without instructions. */
export function noInstructions(): Problem {
  const start = { line: 0, character: 0 };
  const message = 'file with no instructions';
  return { code: 'no-instructions', message, range: { start, end: start }, severity: 'error' };
}

function isTabOrSpace(char: string): boolean {
  return char === ' ' || char === '\t';
}

interface Part {
  readonly line: SourceLine;
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly continues: boolean;
}
