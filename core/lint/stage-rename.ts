import { referredStage, type Stage, stageReferences } from '../dockerfile/stages.ts';
import type { TextEdit } from './rule.ts';

/** Gives a stage another name, also wherever it is meant by its name. */
export function stageRename(stages: readonly Stage[], stage: Stage, newText: string): TextEdit[] {
  const { name, from } = stage;
  if (from.stage === undefined) return [];
  const references = stages.flatMap((user) =>
    stageReferences(user)
      .filter((each) => each.token.text.toLowerCase() === name && referredStage(stages, user, each) === stage)
      .map(({ token }) => token),
  );
  return [from.stage, ...references].map(({ range }) => ({ range, newText }));
}

/** A name that no stage has: the one that is wanted, else with a number behind it, from `first` on. */
export function freeStageName(stages: readonly Stage[], wanted: string, first = 2): string {
  const isTaken = (text: string): boolean => stages.some(({ name }) => name === text);
  if (!isTaken(wanted)) return wanted;
  let number = first;
  while (isTaken(`${wanted}-${number}`)) number++;
  return `${wanted}-${number}`;
}
