import type { Token } from '../dockerfile/ast.ts';
import { type Stage, sourceStage } from '../dockerfile/stages.ts';
import type { Origin } from './effect.ts';
import type { StepWords } from './step-words.ts';

/** What `--from` of COPY or `from` of a mount means: a stage above, or an image; refused where it can be neither. */
export function planOrigin(token: Token, stages: readonly Stage[], stage: Stage, words: StepWords): Origin {
  const { text } = token;
  if (text.includes('$')) {
    const message =
      'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround';
    words.error('stage-unknown', message, token);
    return { kind: 'image', reference: text, refused: true };
  }
  const found = sourceStage(stages, text);
  if (found === undefined) return { kind: 'image', reference: text };
  if (found === 'out-of-range') words.error('stage-unknown', `invalid stage index ${text}`, token);
  else if (found.index === stage.index) {
    words.error('stage-circular', `circular dependency detected on stage: ${stage.name ?? stage.index}`, token);
  } else if (found.index > stage.index) {
    const message = `cannot copy from stage ${JSON.stringify(text)}, it needs to be defined before current stage ${JSON.stringify(stage.name ?? String(stage.index))}`;
    words.error('stage-unknown', message, token);
  } else return { kind: 'stage', stage: found.index };
  return { kind: 'image', reference: text, refused: true };
}
