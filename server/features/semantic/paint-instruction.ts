import type { Flag, Heredoc, Token } from '../../../core/dockerfile/ast.ts';
import { isForShell } from '../../../core/dockerfile/heredoc-shell.ts';
import { heredocToken } from '../../../core/dockerfile/heredoc-token.ts';
import type { CommandLine, Instruction, MountFlag } from '../../../core/dockerfile/instructions.ts';
import type { Paint } from './legend.ts';
import { Painter } from './painter.ts';

/** The coloured pieces of an instruction, heredocs included, in any order; `isStage` says whether a word names one. */
export function paintInstruction(
  instruction: Instruction,
  escapeToken: '\\' | '`',
  isStage: (name: string) => boolean,
): readonly Paint[] {
  const painter = new Painter(escapeToken);
  new InstructionPainter(painter, isStage).paint(instruction);
  return painter.paints;
}

class InstructionPainter {
  constructor(
    private readonly to: Painter,
    private readonly isStage: (name: string) => boolean,
  ) {}

  paint(instruction: Instruction): void {
    const { node } = instruction;
    this.to.token(node.keyword, 'keyword', instruction.kind === 'MAINTAINER' ? 'deprecated' : undefined);
    const mounts = instruction.kind === 'RUN' ? instruction.mounts : [];
    for (const flag of node.flags)
      this.flag(
        flag,
        mounts.find((mount) => mount.flag === flag),
      );
    this.arguments(instruction);
    if (instruction.kind === 'ONBUILD') return;
    for (const heredoc of node.heredocs) this.heredoc(heredoc, instruction);
  }

  private flag({ range, name, value }: Flag, mount: MountFlag | undefined): void {
    const end = name.range.end.line === range.start.line ? name.range.end : range.end;
    this.to.range({ start: range.start, end }, 'parameter');
    if (mount !== undefined) {
      for (const field of mount.fields) {
        this.to.token(field.key, 'property');
        if (field.value === undefined) continue;
        const key = field.key.text.toLowerCase();
        if (key === 'type' || key === 'sharing') this.to.token(field.value, 'enumMember');
        else this.stageOr(field.value, key === 'from');
      }
    } else if (value !== undefined) this.stageOr(value, name.text === 'from');
  }

  private stageOr(token: Token, mayBeStage: boolean): void {
    if (mayBeStage && this.isStage(token.text)) this.to.token(token, 'namespace');
    else this.to.value(token, mayBeStage ? 'type' : 'string');
  }

  private arguments(instruction: Instruction): void {
    switch (instruction.kind) {
      case 'FROM':
        if (instruction.image) {
          if (this.isStage(instruction.image.text)) this.to.token(instruction.image, 'namespace');
          else this.to.value(instruction.image, 'type');
        }
        if (instruction.as) this.to.token(instruction.as, 'keyword');
        if (instruction.stage) this.to.token(instruction.stage, 'namespace', 'declaration');
        return;
      case 'RUN':
      case 'CMD':
      case 'ENTRYPOINT':
      case 'SHELL':
        this.command(instruction.command, instruction);
        return;
      case 'HEALTHCHECK':
        if (instruction.type) this.to.token(instruction.type, 'keyword');
        if (instruction.command) this.command(instruction.command, instruction);
        return;
      case 'ENV':
      case 'LABEL':
        for (const { name, value } of instruction.pairs) {
          if (instruction.kind === 'ENV') this.to.token(name, 'variable', 'declaration');
          else this.to.value(name, 'property');
          this.to.value(value, 'string');
        }
        return;
      case 'ARG':
        for (const { name, value } of instruction.args) {
          this.to.token(name, 'variable', 'declaration');
          if (value) this.to.value(value, 'string');
        }
        return;
      case 'EXPOSE':
        for (const port of instruction.ports) this.to.value(port, 'number');
        return;
      case 'STOPSIGNAL':
        if (instruction.signal) this.to.value(instruction.signal, 'enumMember');
        return;
      case 'ONBUILD':
        if (instruction.trigger) this.paint(instruction.trigger);
        return;
      case 'MAINTAINER':
        if (instruction.maintainer) this.to.token(instruction.maintainer, 'string');
        return;
      case 'UNKNOWN':
        return;
      default:
        this.words(instruction);
    }
  }

  private words({ node }: Instruction): void {
    const markers = node.heredocs.map(({ marker }) => marker.start);
    for (const token of node.args) {
      const { start } = token.range;
      const isMarker = markers.some(({ line, character }) => line === start.line && character === start.character);
      if (!isMarker) this.to.value(token, 'string');
    }
  }

  private command(command: CommandLine, { node }: Instruction): void {
    if (command.form === 'exec') for (const word of command.words) this.to.token(word, 'string');
    else if (node.heredocs.length === 0) this.to.script(command.text);
    else this.besideHeredocs(command.text, node.heredocs);
  }

  /** What stands on the line beside `<<NAME`: a shell's script in which the markers are none of it. */
  private besideHeredocs(text: Token, heredocs: readonly Heredoc[]): void {
    const own = new Painter('\\');
    own.script(text);
    for (const paint of own.paints) {
      const inMarker = heredocs.some(
        ({ marker: { start, end } }) =>
          paint.line === start.line &&
          paint.character < end.character &&
          paint.character + paint.length > start.character,
      );
      if (!inMarker) this.to.paints.push(paint);
    }
  }

  private heredoc(heredoc: Heredoc, instruction: Instruction): void {
    this.to.range(heredoc.marker, 'macro');
    if (heredoc.terminator) this.to.range(heredoc.terminator, 'macro');
    const token = heredocToken(heredoc);
    if (isForShell(heredoc, instruction)) this.to.script(token);
    else if (heredoc.expand) this.to.data(token);
    else this.to.token(token, 'string');
  }
}
