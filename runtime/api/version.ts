/** The Docker Engine API version whose shapes we speak. */
export const API_VERSION = '1.41';
/** The oldest that clients may ask for. */
export const MIN_API_VERSION = '1.12';

/** Headers of every answer, by which clients negotiate. */
export function commonHeaders(engineVersion: string): Record<string, string> {
  return {
    'Api-Version': API_VERSION,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Server: `Lapstrake/${engineVersion} (linux)`,
  };
}
