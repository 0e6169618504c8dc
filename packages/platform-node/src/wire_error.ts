/** What went wrong with a connection that we opened, in words a person can act on. */
import * as Data from "effect/Data"

/** A connection could not be opened, or broke. */
export class WireError extends Data.TaggedError("WireError")<{
  readonly reason:
    | "connect" // refused, unreachable, name not found
    | "timeout" // not open in time
    | "tls" // certificate not trusted, wrong name, handshake failed
    | "closed" // the other end closed
    | "lost" // reset, broken
  /** Names host and port; never a secret. */
  readonly message: string
}> {}

/** `pbx:5038`, `[::1]:5038` */
export const hostPort = (host: string, port: number): string => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`)

/** The system's word for an error, or its first line. */
export const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "UNKNOWN"
  return "code" in cause && typeof cause.code === "string" ? cause.code : (cause.message.split("\n")[0] ?? "UNKNOWN")
}

const connectSentence = (code: string): string => {
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused: nothing listens there, or a firewall answers for it"
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name cannot be resolved: correct it, or write an address"
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "there is no way to that machine from here"
    case "ETIMEDOUT":
      return "no answer: the machine is off, or a firewall drops the packets"
    case "ERR_SOCKET_BAD_PORT":
      return "that is no port: use 1 to 65535"
    default:
      return `cannot connect (${code})`
  }
}

/** The connection was never open. */
export const connectError = (where: string, cause: unknown): WireError =>
  new WireError({ reason: "connect", message: `${where}: ${connectSentence(codeOf(cause))}` })

/** An open connection broke. */
export const lostError = (where: string, cause: unknown): WireError => {
  const code = codeOf(cause)
  const what = code === "ECONNRESET" || code === "EPIPE" ? "the other end broke the connection" : "the connection is lost"
  return new WireError({ reason: "lost", message: `${where}: ${what} (${code})` })
}

export const closedError = (where: string): WireError =>
  new WireError({ reason: "closed", message: `${where}: the other end closed the connection` })

/** We have closed it ourselves. */
export const endedError = (where: string): WireError =>
  new WireError({ reason: "closed", message: `${where}: this connection is closed already` })

/** Not open in time. */
export const timeoutError = (where: string, timeout: number): WireError =>
  new WireError({ reason: "timeout", message: `${where}: no answer within ${timeout} ms` })

const property = (cause: unknown, name: string): unknown =>
  typeof cause === "object" && cause !== null && name in cause ? Reflect.get(cause, name) : undefined

/** Names in a certificate, as `node:tls` gives them with the error of a wrong name. */
const namesIn = (cause: unknown): string => {
  const names = property(property(cause, "cert"), "subjectaltname")
  return typeof names === "string" ? names.replaceAll("IP Address:", "IP:") : "no name at all"
}

/** Why there is no TLS, without the place. `cause`: an error of `node:tls`. */
export const tlsSentence = (code: string, cause: unknown, expected: string, upgraded: boolean): string => {
  switch (code) {
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "SELF_SIGNED_CERT_IN_CHAIN":
      return "the certificate's issuer is not known here: give its CA certificate"
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "the certificate is self-signed and not known here: give it as the CA certificate"
    case "CERT_HAS_EXPIRED":
      return "the certificate, or one of its issuers, has expired (or this machine's clock is wrong)"
    case "CERT_NOT_YET_VALID":
      return "the certificate is not valid yet (or this machine's clock is wrong)"
    case "CERT_REVOKED":
      return "the certificate was revoked"
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate is for ${namesIn(cause)}, not for ${expected}`
    case "CERT_PIN":
      return "the certificate's SHA-256 fingerprint is not the pinned one"
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "EPROTO":
      return upgraded
        ? "the other end does not speak TLS, although it had agreed to"
        : "the other end does not speak TLS: is this its clear-text port?"
    case "ERR_SSL_UNSUPPORTED_PROTOCOL":
    case "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION":
      return "the other end speaks no version of TLS that is allowed here"
    case "ECONNRESET":
      return upgraded
        ? "the other end hung up during the TLS handshake"
        : "the other end hung up during the TLS handshake: is this its TLS port?"
    case "CLIENT_CERTIFICATE":
      return "the client's own certificate and its key cannot be used: both have to be PEM, and belong together"
    case "CA_NOT_PEM":
      return "the CA certificate given here is not PEM text"
    default:
      return `TLS failed (${code})`
  }
}

/** The handshake failed, or the other end could not prove who it is. `upgraded`: the connection was open in clear before. */
export const tlsError = (where: string, cause: unknown, expectedName: string, upgraded = false): WireError =>
  new WireError({ reason: "tls", message: `${where}: ${tlsSentence(codeOf(cause), cause, expectedName, upgraded)}` })
