/** A version of the Docker Engine API. */
export class ApiVersion {
  constructor(
    private readonly major: number,
    private readonly minor: number,
  ) {}

  /** Whether an answer has what came with `other`, as `1.44` (Docker Engine API, version history). */
  atLeast(other: `${number}.${number}`): boolean {
    return this.compare(parseApiVersion(other)) >= 0;
  }

  /** Negative where this is the older one, 0 where they are the same. */
  compare({ major, minor }: ApiVersion): number {
    return this.major - major || this.minor - minor;
  }

  toString(): string {
    return `${this.major}.${this.minor}`;
  }
}

/** The newest Docker Engine API version whose shapes we speak. */
export const API_VERSION = '1.50';
/** The oldest that clients may ask for. */
export const MIN_API_VERSION = '1.24';

/** `text` is two numbers with a point between them. */
export function parseApiVersion(text: `${number}.${number}`): ApiVersion {
  const [major, minor] = text.split('.');
  return new ApiVersion(Number(major), Number(minor));
}

/** Headers of every answer, by which clients negotiate. */
export function commonHeaders(engineVersion: string): Record<string, string> {
  return {
    'Api-Version': API_VERSION,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Server: `Lapstrake/${engineVersion} (linux)`,
  };
}
