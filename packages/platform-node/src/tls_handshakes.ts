/** Handshakes on sockets that are open already, by servers of `node:tls` that never listen: one for each set of credentials. */

import type { Socket } from "node:net"
import { createServer, type Server, type TLSSocket } from "node:tls"
import type { TlsCredentials } from "@ctid/core/connection/tls_identity"
import * as Redacted from "effect/Redacted"
import { codeOf } from "./wire_error.ts"

/** Told of the end of one handshake; of nothing when the peer just leaves. */
export interface HandshakeEnd {
  /** The socket inside TLS; nothing has been read from it. */
  readonly onSecure: (socket: TLSSocket) => void
  /** A sentence without a secret. The socket is destroyed. */
  readonly onFailure: (reason: string) => void
}

/** What a failure at our end of a handshake says of the client. */
const sentence = (code: string): string => {
  switch (code) {
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_HTTP_REQUEST":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "ERR_SSL_UNEXPECTED_MESSAGE":
      return "what came is no TLS"
    case "ERR_SSL_UNSUPPORTED_PROTOCOL":
    case "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION":
      return "the client speaks no version of TLS that is admitted here"
    case "ERR_SSL_NO_SHARED_CIPHER":
    case "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE":
      return "the client has no cipher in common with this server"
    case "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA":
      return "the client does not know the issuer of the certificate"
    case "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED":
      return "the client says that the certificate has expired"
    case "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE":
    case "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN":
      return "the client does not accept the certificate"
    default:
      return `TLS failed (${code})`
  }
}

/** Why a client's certificate is not accepted; null: it is. A resumed session that had none counts as authorized. */
const refusal = (socket: TLSSocket): string | null => {
  if (socket.getPeerX509Certificate() === undefined) return "the client shows no certificate"
  if (socket.authorized) return null
  const code = String(socket.authorizationError)
  return code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID"
    ? "the client's certificate is not valid at this time"
    : `the client's certificate is not of the CA that is asked for (${code})`
}

const isOld = ({ minVersion }: TlsCredentials): boolean => minVersion === "TLSv1" || minVersion === "TLSv1.1"

/** Throws where certificate and key cannot be used. */
const makeServer = (credentials: TlsCredentials): Server =>
  createServer({
    cert: credentials.certificate,
    key: Redacted.value(credentials.key),
    minVersion: credentials.minVersion,
    ...(isOld(credentials) ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
    // Looked at when the handshake is over, so that its reason can be told.
    ...(credentials.clientCa === null ? {} : { ca: credentials.clientCa, requestCert: true, rejectUnauthorized: false })
  })

/** Both ends of a socket: no two open sockets have the same. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`

export class TlsHandshakes {
  readonly #credentials: TlsCredentials
  readonly #server: Server
  readonly #waiting = new Map<string, HandshakeEnd>()

  private constructor(credentials: TlsCredentials) {
    this.#credentials = credentials
    this.#server = makeServer(credentials)
    this.#server.on("secureConnection", (socket) => this.#secure(socket))
    this.#server.on("tlsClientError", (cause, socket) => this.#failed(cause, socket))
  }

  static #made = new WeakMap<TlsCredentials, TlsHandshakes>()

  /** Those of these credentials. Throws where certificate and key cannot be used. */
  static of(credentials: TlsCredentials): TlsHandshakes {
    const made = TlsHandshakes.#made.get(credentials) ?? new TlsHandshakes(credentials)
    TlsHandshakes.#made.set(credentials, made)
    return made
  }

  /** Begins one, as the server, behind what was written to the socket. The deadline is the caller's. */
  begin(socket: Socket, end: HandshakeEnd): void {
    const ends = endsOf(socket)
    this.#waiting.set(ends, end)
    socket.once("close", () => {
      if (this.#waiting.get(ends) === end) this.#waiting.delete(ends)
    })
    // "Can also be explicitly emitted by users to inject connections into the TLS server" (Node's documentation of this event).
    this.#server.emit("connection", socket)
  }

  #take(socket: Socket): HandshakeEnd | undefined {
    const ends = endsOf(socket)
    const end = this.#waiting.get(ends)
    this.#waiting.delete(ends)
    return end
  }

  #secure(socket: TLSSocket): void {
    const end = this.#take(socket)
    const reason = this.#credentials.clientCa === null ? null : refusal(socket)
    if (end !== undefined && reason === null) {
      end.onSecure(socket)
      return
    }
    // takes the socket below with it; the other way round Node 24.21 may spin
    socket.destroy()
    if (reason !== null) end?.onFailure(reason)
  }

  #failed(cause: Error, socket: TLSSocket): void {
    this.#take(socket)?.onFailure(sentence(codeOf(cause)))
  }
}
