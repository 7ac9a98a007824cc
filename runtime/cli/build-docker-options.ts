import { parseGoBool } from '../../core/match/go-bool.ts';
import type { Arguments, Options } from './arguments.ts';
import { UsageError } from './usage-error.ts';

/** Options of docker's build that ask for what happens anyway. */
export const ACCEPTED_OPTIONS = {
  rm: { type: 'boolean' },
  'force-rm': { type: 'boolean' },
  compress: { type: 'boolean' },
  provenance: { type: 'string' },
  sbom: { type: 'string' },
  attest: { type: 'string', multiple: true },
} as const satisfies Options;

export const ACCEPTED_OPTION_HELP = {
  rm: 'as it is always: no container is left',
  'force-rm': 'as it is always: no container is left where a RUN fails either',
  compress: 'nothing is sent that could be',
  provenance: 'false, as it is always: no attestation is made',
  sbom: 'false, as it is always: no attestation is made',
  attest: 'type=…,disabled=true, as it is always: no attestation is made',
} as const satisfies Record<keyof typeof ACCEPTED_OPTIONS, string>;

/** Refuses what they could mean beside that. Error: UsageError. */
export function checkAccepted(args: Arguments): void {
  for (const name of ['provenance', 'sbom']) {
    const value = args.text(name);
    if (value === undefined || parseGoBool(value) === false || isDisabled(value)) continue;
    throw new UsageError(
      `--${name} ${value}: no attestation is made here; leave it out, or write --${name}=false`,
      name,
    );
  }
  for (const value of args.texts('attest')) {
    if (isDisabled(value)) continue;
    throw new UsageError(
      `--attest ${value}: no attestation is made here; leave it out, or add disabled=true`,
      'attest',
    );
  }
  for (const entitlement of args.texts('allow').flatMap((each) => each.split(','))) {
    if (ENTITLEMENTS.includes(entitlement)) continue;
    throw new UsageError(`--allow ${entitlement}: it is ${ENTITLEMENTS.join(' or ')}`, 'allow');
  }
}

/** `type=sbom,disabled=true`. */
function isDisabled(value: string): boolean {
  const fields = value.split(',').map((field) => field.split('='));
  return fields.some(([name, text = 'true']) => name === 'disabled' && parseGoBool(text) === true);
}

/** Whether `--check`, or `--call` in other words, asks for checks alone. Error: UsageError. */
export function isCheck(args: Arguments): boolean {
  const call = args.text('call');
  if (args.has('check') || call === 'check') return true;
  if (call === undefined || call === 'build') return false;
  const instead =
    'lapstrake layers FOLDER tells what a Dockerfile would make, lapstrake lint --format json FILE checks it';
  throw new UsageError(`--call ${call}: it is build or check; ${instead}`, 'call');
}

/** The first is given to every RUN that asks for it. */
const ENTITLEMENTS = ['network.host', 'security.insecure'];

const NO_BUILDER = 'builds are done by the engine that --host names, without a builder beside it';

/** Options of docker's build (buildx 0.30, and the classic one) that `lapstrake build` does not have, and what to do instead. */
export const OTHER_BUILD_OPTIONS: Readonly<Record<string, string>> = {
  builder: NO_BUILDER,
  isolation: 'it is for Windows containers',
  policy: 'no policies are asked',
  'security-opt': 'RUN has the engine’s own confinement',
  squash: 'a last stage FROM scratch with COPY --from=STAGE / / has one layer',
  stream: 'the engine reads the folder where it lies already',
};
