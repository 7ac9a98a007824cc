import { type EngineError, unavailable } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

/** The error for a server that could not be reached. */
export function unreachable(url: string, cause: unknown): EngineError {
  const { host } = new URL(url);
  const { reason, advice, remedies } = explain(host, cause);
  return unavailable({
    code: 'registry-unreachable',
    message: `cannot reach the registry ${host} (${reason}): ${advice}`,
    subject: host,
    cause,
    remedies,
  });
}

/** Whether trying again may help: the connection broke, rather than there being no way to the server. */
export function isTransient(error: unknown): boolean {
  return causes(error).some(
    (each) =>
      hasErrno(each, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EAI_AGAIN') ||
      hasErrno(each, 'ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_EOF_STATE'),
  );
}

/** Whether nobody listens there, now. */
export function isRefusedConnection(error: unknown): boolean {
  return causes(error).some((each) => hasErrno(each, 'ECONNREFUSED'));
}

/** Whether a server speaks TLS but one side does not trust the other. */
export function isCertificateError(error: unknown): boolean {
  return codesOf(error).some((code) => UNTRUSTED.test(code) || CLIENT_REFUSED.test(code) || code in OTHER_CERTIFICATE);
}

const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA)/;
const CLIENT_REFUSED = /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)$/;
const OTHER_CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'x509: certificate has expired',
  CERT_NOT_YET_VALID: 'x509: certificate is not yet valid',
  CERT_REVOKED: 'x509: certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'x509: certificate is valid for other names',
};
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNREFUSED: 'connection refused',
  ENETUNREACH: 'network is unreachable',
  EHOSTUNREACH: 'no route to host',
  ETIMEDOUT: 'no answer in time',
  ...OTHER_CERTIFICATE,
};

interface Explanation {
  readonly reason: string;
  readonly advice: string;
  readonly remedies: readonly string[];
}

function explain(host: string, cause: unknown): Explanation {
  const codes = codesOf(cause);
  if (codes.some((code) => UNTRUSTED.test(code))) {
    const remedy = `put its authority's certificate into /etc/docker/certs.d/${host}/ca.crt`;
    return { reason: 'x509: certificate signed by unknown authority', advice: remedy, remedies: [capital(remedy)] };
  }
  if (codes.some((code) => CLIENT_REFUSED.test(code))) {
    const remedy = `put your certificate into /etc/docker/certs.d/${host} as client.cert and client.key`;
    return { reason: 'remote error: tls: bad certificate', advice: remedy, remedies: [capital(remedy)] };
  }
  if (codes.some((code) => /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE/.test(code))) {
    const remedy = `start the engine with --insecure-registry ${host}`;
    return { reason: 'server gave HTTP response to HTTPS client', advice: remedy, remedies: [capital(remedy)] };
  }
  return {
    reason: codes.map((code) => REASONS[code]).find((reason) => reason !== undefined) ?? lastMessage(cause),
    advice: "check the network connection and the image's name, or start the engine with --registry-mirror URL",
    remedies: ['Check the network connection', 'Start the engine with --registry-mirror URL'],
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lastMessage(cause: unknown): string {
  const last = causes(cause).at(-1);
  return last instanceof Error ? last.message : String(last);
}

/** Node's and OpenSSL's names of what went wrong; of a protocol that broke, only the message has OpenSSL's. */
function codesOf(error: unknown): string[] {
  return causes(error).flatMap((each) => {
    if (!(each instanceof Error) || !('code' in each)) return [];
    if (each.code !== 'EPROTO') return [String(each.code)];
    const [reason = ''] = /SSL routines:[^:]*:([^:]+)/.exec(each.message)?.slice(1) ?? [];
    return ['EPROTO', reason.trim().toUpperCase().replaceAll(' ', '_')];
  });
}

/** An error with what caused it, outermost first. */
function causes(error: unknown): unknown[] {
  const found: unknown[] = [];
  for (let each = error; each !== undefined && found.length < 8; ) {
    found.push(each);
    if (each instanceof AggregateError) each = each.errors[0];
    else each = each instanceof Error ? each.cause : undefined;
  }
  return found;
}
