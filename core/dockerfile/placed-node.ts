import type { Heredoc, InstructionNode, Position } from './ast.ts';
import type { ReadNode } from './instruction-node.ts';
import type { JoinedLine } from './joined-line.ts';
import { AnchoredNode, type LineAnchor, type NodePlace, rangeBetween } from './line-anchor.ts';

/** The instruction that was read, where it stands; `anchor`: what its places hang on where later versions are to be read. */
export function toNode(read: ReadNode, place: NodePlace, anchor: LineAnchor | undefined): InstructionNode {
  const { rest, trigger } = read;
  const fired = trigger && toNode(trigger, placeOfTrigger(trigger, place), anchor);
  if (anchor !== undefined) return new AnchoredNode(read, fired, place, anchor);
  return {
    keyword: read.keyword,
    name: read.name,
    original: read.original,
    flags: read.flags,
    ...(rest && { rest }),
    args: read.args,
    json: read.json,
    ...(fired && { trigger: fired }),
    ...place,
  };
}

function placeOfTrigger(trigger: ReadNode, place: NodePlace): NodePlace {
  return { ...place, docComment: [], range: rangeBetween(trigger.keyword.range.start, place.range.end) };
}

/** Where an instruction ends: with its last heredoc, or its own last character. */
export function endOf(read: ReadNode, heredocs: readonly Heredoc[], joined: JoinedLine): Position {
  const last = heredocs.at(-1);
  return last === undefined ? joined.range(0, read.end).end : (last.terminator ?? last.contentRange).end;
}
