/** One account as `X-Registry-Auth` carries it, and `X-Registry-Config` by registry (Docker Engine API, Authentication). */
export interface AuthConfig {
  readonly username: string;
  readonly password: string;
  /** The registry's domain; Docker Hub goes by `https://index.docker.io/v1/`. */
  readonly serveraddress: string;
}
