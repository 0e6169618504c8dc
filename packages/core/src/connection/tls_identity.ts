/** How a server proves who it is: plain data, which a binding turns into what its TLS needs. */
import type * as Redacted from "effect/Redacted"

/** Versions of TLS, oldest first. The first two are for clients that cannot do better (RFC 8996 forbids them). */
export const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const
export type TlsVersion = (typeof TLS_VERSIONS)[number]

/** What a server shows. A binding may keep what it made of one; so a change is a new object. */
export interface TlsCredentials {
  /** PEM: the server's certificate first, then those between it and its CA. */
  readonly certificate: string
  /** PEM, not encrypted. */
  readonly key: Redacted.Redacted
  /** PEM: a client must show a certificate of one of these CAs. Null: clients need none. */
  readonly clientCa: string | null
  /** Below `TLSv1.2`, weak keys and ciphers are accepted too. */
  readonly minVersion: TlsVersion
}

/** TLS on connections that are accepted. */
export interface TlsServer {
  /** Asked at each handshake, so that a renewed certificate serves the next client, and nobody is dropped for it. */
  readonly credentials: () => TlsCredentials
  /** Milliseconds for a handshake, from its beginning. */
  readonly handshakeTimeout: number
}

/** A clear connection may become an encrypted one (reference 2.2). */
export interface StartTls {
  readonly tls: TlsServer
  /** Nobody signs in before it did: `encryption_required`. */
  readonly required: boolean
}
