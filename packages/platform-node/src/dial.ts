/** Opens a TCP or TLS connection, verified. */

import { createPrivateKey, X509Certificate } from "node:crypto"
import { connect, isIP, type Socket } from "node:net"
import { type ConnectionOptions, checkServerIdentity, connect as connectTls, type TLSSocket } from "node:tls"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { KeyedCertificate } from "./certificate_authority.ts"
import { connectError, hostPort, tlsError, type WireError } from "./wire_error.ts"

/** The other end's certificate is always verified: its issuer, its dates, its name. */
export interface DialTls {
  /** CA certificates as PEM text; they replace those that Node brings along. */
  readonly ca?: string | undefined
  /** The name that the certificate must have. Default: the host. */
  readonly serverName?: string | undefined
  /** SHA-256 fingerprint of the certificate, 64 hexadecimal digits with or without colons: must fit as well. */
  readonly pin?: string | undefined
  /** By which we prove who we are, to a server that asks. */
  readonly clientCertificate?: KeyedCertificate | undefined
  /** Default `TLSv1.2`. Below it, weak keys and ciphers are accepted too: for a PBX that cannot do better. */
  readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3" | undefined
}

export interface DialOptions {
  readonly host: string
  readonly port: number
  /** Absent: in clear. */
  readonly tls?: DialTls | undefined
}

/** Milliseconds without traffic after which the system asks the other end whether it is still there. */
const KEEP_ALIVE = 30_000

const fingerprint = (text: string): string => text.replaceAll(":", "").toLowerCase()

const nameOf = ({ host }: DialOptions, tls: DialTls): string => tls.serverName ?? host

const tlsOptions = (options: DialOptions, tls: DialTls): ConnectionOptions => {
  const name = nameOf(options, tls)
  const minVersion = tls.minVersion ?? "TLSv1.2"
  const old = minVersion === "TLSv1" || minVersion === "TLSv1.1"
  return {
    minVersion,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    // An address is no server name (RFC 6066, section 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.clientCertificate === undefined
      ? {}
      : { cert: tls.clientCertificate.certificate, key: Redacted.value(tls.clientCertificate.key) }),
    ...(old ? { ciphers: "DEFAULT@SECLEVEL=0" } : {})
  }
}

class WrongPin extends Error {
  readonly code = "CERT_PIN"
}

class CaNotPem extends Error {
  readonly code = "CA_NOT_PEM"
}

/** Node itself ignores a CA text in which it finds no certificate, and then blames the server's. */
const checkCa = (ca: string): void => {
  try {
    new X509Certificate(ca)
  } catch {
    throw new CaNotPem()
  }
}

class ClientCertificateUnusable extends Error {
  readonly code = "CLIENT_CERTIFICATE"
}

const checkClientCertificate = ({ certificate, key }: KeyedCertificate): void => {
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(Redacted.value(key)))) return
  } catch {
    // no PEM
  }
  throw new ClientCertificateUnusable()
}

/** Told of the end of one handshake: one of both, once. */
export interface TlsClientEnd {
  readonly onSecure: () => void
  readonly onFailure: (error: WireError) => void
}

/**
 * Begins TLS as its client: on a new connection, or on one that is open in clear, from which nothing more is to be read. Null: it
 * failed at once, and that was told.
 */
export const beginTls = (options: DialOptions, tls: DialTls, clear: Socket | null, end: TlsClientEnd): TLSSocket | null => {
  const where = hostPort(options.host, options.port)
  const failed = (cause: unknown): void => end.onFailure(tlsError(where, cause, nameOf(options, tls), clear !== null))
  let reached = clear !== null
  let secure = false
  let socket: TLSSocket
  try {
    if (tls.ca !== undefined) checkCa(tls.ca)
    if (tls.clientCertificate !== undefined) checkClientCertificate(tls.clientCertificate)
    const to = clear === null ? { host: options.host, port: options.port } : { socket: clear }
    socket = connectTls({ ...tlsOptions(options, tls), ...to })
  } catch (cause) {
    failed(cause)
    return null
  }
  socket.on("error", (cause) => {
    if (secure) return
    if (reached) failed(cause)
    else end.onFailure(connectError(where, cause))
  })
  socket.once("connect", () => {
    reached = true
  })
  socket.once("secureConnect", () => {
    const pinned = tls.pin === undefined || fingerprint(socket.getPeerCertificate().fingerprint256) === fingerprint(tls.pin)
    if (!pinned) {
      socket.destroy(new WrongPin())
      return
    }
    secure = true
    end.onSecure()
  })
  return socket
}

const dialTls = (options: DialOptions, tls: DialTls): Effect.Effect<TLSSocket, WireError> =>
  Effect.callback((resume) => {
    const socket = beginTls(options, tls, null, {
      onSecure: () => {
        if (socket !== null) resume(Effect.succeed(socket))
      },
      onFailure: (error) => resume(Effect.fail(error))
    })
    return Effect.sync(() => socket?.destroy())
  })

const dialTcp = (options: DialOptions): Effect.Effect<Socket, WireError> =>
  Effect.callback((resume) => {
    const fail = (cause: unknown): void => resume(Effect.fail(connectError(hostPort(options.host, options.port), cause)))
    let socket: Socket
    try {
      socket = connect({ host: options.host, port: options.port })
    } catch (cause) {
      fail(cause)
      return
    }
    socket.on("error", fail)
    socket.once("connect", () => {
      resume(Effect.succeed(socket))
    })
    return Effect.sync(() => socket.destroy())
  })

/** An open socket without listeners: the caller must add one for `error` at once. Interruption closes it. */
export const dial = (options: DialOptions): Effect.Effect<Socket, WireError> =>
  Effect.map(options.tls === undefined ? dialTcp(options) : dialTls(options, options.tls), (socket) =>
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE)
  )
