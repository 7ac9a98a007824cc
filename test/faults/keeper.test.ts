import { describe, test } from 'vitest';
import { asOrdinaryUser, whyNotRootless } from '../engine/ordinary-user.ts';
import { describeLifeBeyondTheDaemon } from './keeper-suite.ts';

/** `npm run faults` tries all of it in all ways. */
const part = process.env.LAPSTRAKE_FAULTS_KILLS === undefined ? 'essence' : 'all';

describeLifeBeyondTheDaemon('the containers of a daemon that is killed', []);
describeLifeBeyondTheDaemon(
  'the containers of a daemon without an OCI runtime',
  ['--sandbox', 'namespaces'],
  undefined,
  part,
);

const forbidden = await whyNotRootless();
if (forbidden === undefined) {
  describeLifeBeyondTheDaemon('the containers of an ordinary user', [], asOrdinaryUser('range'), part);
} else {
  describe('the containers of an ordinary user', () => test.skip(forbidden, () => undefined));
}
