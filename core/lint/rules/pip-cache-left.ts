import type { Instruction } from '../../dockerfile/instructions.ts';
import { isPipInstall } from '../pip-command.ts';
import { hadolintRule } from '../rule.ts';
import { isMounted } from '../run-mounts.ts';
import type { RunCommand, RunScript } from '../run-scripts.ts';
import { insertFix } from '../script-edits.ts';
import { lineageOf, type Section } from '../sections.ts';

const TRUE = /^["']?(?:1|true|on|yes)["']?$/i;
const SET = /(?:^|[\s;&|])PIP_NO_CACHE_DIR=["']?(?:1|true|on|yes)/i;

/** `pip install` that keeps its cache: hadolint's DL3042. */
export const pipCacheLeft = hadolintRule(
  {
    id: 'pip-cache-left',
    code: 'DL3042',
    title: 'pip install should leave no cache behind',
    severity: 'warning',
    looksAt: ['FROM', 'ARG', 'ENV', 'RUN', 'SHELL'],
    runs: ['pip', 'python'],
    docs: {
      why: 'Downloaded packages stay in the layer a second time, packed.',
      bad: 'FROM python:3.14\nRUN pip install flask==3.1.2',
      good: 'FROM python:3.14\nRUN pip install --no-cache-dir flask==3.1.2',
      fix: { does: 'Adds --no-cache-dir.', changes: 'the image loses the cache' },
    },
  },
  function* ({ commands, sections }) {
    let isSetSomewhere: boolean | undefined;
    for (const { command, script } of commands.matching(/^(?:pip|python)/)) {
      if (!isPipInstall(command) || command.words.includes('--no-cache-dir') || isWrapper(command)) continue;
      if (setsNoCache(script) || isMounted(script.run, '.cache/pip')) continue;
      isSetSomewhere ??= sections.some(({ instructions }) => instructions.some(turnsOff));
      if (isSetSomewhere && isOff(sections, script)) continue;
      const at = command.words.indexOf('install');
      yield {
        message: 'pip leaves its cache in this layer; add --no-cache-dir',
        range: command.rangeOf(0, at),
        at: script.outer.node,
        fixes: [insertFix(script, command, at, '--no-cache-dir')],
      };
    }
  },
);

function isWrapper({ program, words }: RunCommand): boolean {
  return /pipx|pipenv/.test(program) || /^(?:pipx|pipenv)$/.test(words[words.indexOf('-m') + 1] ?? '');
}

function setsNoCache({ run: { command } }: RunScript): boolean {
  return command.form === 'shell' && SET.test(command.text.text);
}

/** Whether ENV of the stage, above the RUN, or of one below it turns the cache off. */
function isOff(sections: readonly Section[], { stage, outer }: RunScript): boolean {
  const own = sections.find((section) => (section.stage?.stage.index ?? -1) === stage);
  if (own === undefined) return false;
  return lineageOf(own).some(({ instructions }) =>
    instructions.some(
      (each) => turnsOff(each) && (instructions !== own.instructions || each.node.startLine < outer.node.startLine),
    ),
  );
}

function turnsOff(instruction: Instruction): boolean {
  return (
    instruction.kind === 'ENV' &&
    instruction.pairs.some(({ name, value }) => name.text === 'PIP_NO_CACHE_DIR' && TRUE.test(value.text))
  );
}
