import { invalid } from '../errors.ts';
import { API_VERSION, ApiVersion, MIN_API_VERSION, parseApiVersion } from './version.ts';

/** What a request's target names: `/v1.41/containers/json?all=1`. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
  /** That of the answer; our newest where the target names none. */
  readonly version: ApiVersion;
}

const NEWEST = parseApiVersion(API_VERSION);
const OLDEST = parseApiVersion(MIN_API_VERSION);

/** Splits a request's target, checking the version in front. Error: EngineError `invalid` for one that we do not speak. */
export function parseTarget(target: string): Target {
  const { path: whole, query } = parseUnversioned(target);
  const match = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(whole);
  if (match === null) return { path: whole, query, version: NEWEST };
  const version = new ApiVersion(Number(match[1]), Number(match[2]));
  if (version.compare(NEWEST) > 0) {
    throw invalid({
      code: 'api-version-too-new',
      message: `client version ${version} is too new. Maximum supported API version is ${API_VERSION}`,
    });
  }
  if (version.compare(OLDEST) < 0) {
    throw invalid({
      code: 'api-version-too-old',
      message: `client version ${version} is too old. Minimum supported API version is ${MIN_API_VERSION}, please upgrade your client to a newer version`,
    });
  }
  return { path: match[3]!, query, version };
}

/** The same without looking for a version, for the answer to what cannot be read. */
export function parseUnversioned(target: string): Target {
  const question = target.indexOf('?');
  return {
    path: question < 0 ? target : target.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    version: NEWEST,
  };
}
