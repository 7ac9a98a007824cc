import { invalid } from '../errors.ts';
import { API_VERSION, MIN_API_VERSION } from './version.ts';

/** What a request's target names: `/v1.41/containers/json?all=1`. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Splits a request's target, checking the version in front. Error: EngineError `invalid` for one that we do not speak. */
export function parseTarget(target: string): Target {
  const question = target.indexOf('?');
  const whole = question < 0 ? target : target.slice(0, question);
  const query = new URLSearchParams(question < 0 ? '' : target.slice(question + 1));
  const match = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(whole);
  if (match === null) return { path: whole, query };
  const version = `${match[1]}.${match[2]}`;
  if (compare(version, API_VERSION) > 0) {
    throw invalid({
      code: 'api-version-too-new',
      message: `client version ${version} is too new. Maximum supported API version is ${API_VERSION}`,
    });
  }
  if (compare(version, MIN_API_VERSION) < 0) {
    throw invalid({
      code: 'api-version-too-old',
      message: `client version ${version} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    });
  }
  return { path: match[3]!, query };
}

function compare(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}
