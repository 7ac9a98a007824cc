import { shortId } from '../../core/image/digest.ts';
import { adviceFor } from '../../core/plan/advice.ts';
import type { BuildEvent, StepEvent } from '../../protocol/build-event.ts';
import { BuildError, lineOf } from './build-error.ts';
import { checksSummary } from './checks-text.ts';

/** In what the classic builder sets apart what a command writes to stderr. */
const RED = '\x1b[91m';
const PLAIN = '\x1b[0m';

/**
 * A build's events as records of the classic builder's JSON stream, which `docker build` without BuildKit and the
 * Docker clients of other languages read (`POST /build` of the Docker Engine API).
 */
export function classicRecords(event: BuildEvent | StepEvent): object[] {
  switch (event.kind) {
    case 'step':
      return streams(`Step ${event.number}/${event.total} : ${platformOf(event)}${event.text}`, '\n');
    case 'cached':
      return streams(' ---> Using cache\n');
    case 'running':
      return streams(` ---> Running in ${event.containerId.slice(0, 12)}\n`);
    case 'output':
      return streams(event.stream === 'stderr' ? `${RED}${event.text}${PLAIN}` : event.text);
    case 'removed':
      return streams(`Removing intermediate container ${event.containerId.slice(0, 12)}\n`);
    case 'result':
      return streams(` ---> ${shortId(event.id)}\n`);
    case 'warning':
      return streams(`[Warning] ${event.range === undefined ? '' : `line ${lineOf(event.range)}: `}${event.message}\n`);
    case 'pull':
      return [event.record];
    case 'built':
      if (event.platform !== undefined) return streams(`Built ${shortId(event.id)} for ${event.platform}\n`);
      return [{ aux: { ID: event.id } }, ...streams(`Successfully built ${shortId(event.id)}\n`)];
    case 'tagged':
      return streams(`Successfully tagged ${event.reference}\n`);
    case 'checked':
      return streams(checksSummary(event.findings));
    case 'done':
      return [];
  }
}

/** Most records that a quiet build keeps for the case of its failure. */
const MOST_HELD = 10_000;

/** The stream with `q`: the ID of what was built; where the build failed, all that would have been said before. */
export class QuietProgress {
  readonly #held: object[] = [];

  records(event: BuildEvent): object[] {
    if (event.kind === 'built' && event.platform === undefined) return streams(`${event.id}\n`);
    this.#held.push(...classicRecords(event));
    if (this.#held.length > MOST_HELD) this.#held.splice(0, this.#held.length - MOST_HELD);
    return [];
  }

  /** What was held back. */
  held(): readonly object[] {
    return this.#held;
  }
}

/** The last record of a build that failed after its stream began. `line`, `advice` and `stateBefore` are ours: Docker's clients leave them alone. */
export function classicFailure(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof BuildError)) return { errorDetail: { message }, error: message };
  const advice = adviceFor(error.code);
  return {
    errorDetail: {
      ...(error.exitCode !== undefined && { code: error.exitCode }),
      message,
      ...(error.range !== undefined && { line: lineOf(error.range) }),
      ...(advice !== undefined && { advice }),
      ...(error.stateBefore !== undefined && { stateBefore: error.stateBefore }),
    },
    error: message,
  };
}

function platformOf({ platform }: { readonly platform?: string | undefined }): string {
  return platform === undefined ? '' : `[${platform}] `;
}

function streams(...texts: string[]): object[] {
  return texts.map((stream) => ({ stream }));
}
