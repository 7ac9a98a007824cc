import { type CancellationToken, LSPErrorCodes, ResponseError, type TextDocuments } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Position } from '../core/dockerfile/ast.ts';
import { commonPrefix, commonSuffix } from '../core/dockerfile/common-ends.ts';
import type { Reading } from './reading.ts';
import type { Readings } from './readings.ts';

/**
 * Answers that may have to wait, for the context or the engine. Where lines move meanwhile, what was read says nothing of its
 * text any more: such an answer is made anew, from the newest version and for where its places are in that.
 */
export class NewestAnswers {
  constructor(
    private readonly documents: TextDocuments<TextDocument>,
    private readonly readings: Readings,
  ) {}

  /** Error: `ContentModified`, where a place lies amid what changed, or the document is closed. */
  async of<Places extends readonly Position[], Answer>(
    reading: Reading,
    places: Places,
    answer: (reading: Reading, places: Places) => Answer | Promise<Answer>,
    token?: CancellationToken,
  ): Promise<Answer> {
    for (let [now, at] = [reading, places]; ; ) {
      const given = await answer(now, at);
      if (!now.isOvertaken || token?.isCancellationRequested === true) return given;
      const document = this.documents.get(now.uri);
      if (document === undefined) throw new ResponseError(LSPErrorCodes.ContentModified, 'it was closed meanwhile');
      const newest = this.readings.of(document);
      at = movedPlaces(at, now.text, newest.text);
      now = newest;
    }
  }
}

/** Where places of a text are in a later one. */
function movedPlaces<Places extends readonly Position[]>(places: Places, before: string, after: string): Places {
  const prefix = commonPrefix(before, after);
  const suffix = commonSuffix(before, after, Math.min(before.length, after.length) - prefix);
  const [from, to] = [before, after].map((text) => TextDocument.create('', '', 0, text));
  const moved = places.map((place) => {
    const offset = from!.offsetAt(place);
    if (offset <= prefix) return place;
    if (offset < before.length - suffix)
      throw new ResponseError(LSPErrorCodes.ContentModified, 'what it was about has changed meanwhile');
    return to!.positionAt(offset + after.length - before.length);
  });
  return moved as unknown as Places;
}
