/** Opens a TCP or TLS connection, verified. */

import { X509Certificate } from "node:crypto"
import { connect, isIP, type Socket } from "node:net"
import { type ConnectionOptions, checkServerIdentity, connect as connectTls, type TLSSocket } from "node:tls"
import * as Effect from "effect/Effect"
import { connectError, hostPort, tlsError, type WireError } from "./wire_error.ts"

/** The other end's certificate is always verified: its issuer, its dates, its name. */
export interface DialTls {
  /** CA certificates as PEM text; they replace those that Node brings along. */
  readonly ca?: string | undefined
  /** The name that the certificate must have. Default: the host. */
  readonly serverName?: string | undefined
  /** SHA-256 fingerprint of the certificate, 64 hexadecimal digits with or without colons: must fit as well. */
  readonly pin?: string | undefined
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

const nameOf = (options: DialOptions): string => options.tls?.serverName ?? options.host

const tlsOptions = (options: DialOptions, tls: DialTls): ConnectionOptions => {
  const name = nameOf(options)
  const minVersion = tls.minVersion ?? "TLSv1.2"
  const old = minVersion === "TLSv1" || minVersion === "TLSv1.1"
  return {
    host: options.host,
    port: options.port,
    minVersion,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    // An address is no server name (RFC 6066, section 3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
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

const dialTls = (options: DialOptions, tls: DialTls): Effect.Effect<TLSSocket, WireError> =>
  Effect.callback((resume) => {
    const where = hostPort(options.host, options.port)
    let reached = false
    const fail = (cause: unknown): void =>
      resume(Effect.fail(reached ? tlsError(where, cause, nameOf(options)) : connectError(where, cause)))
    let socket: TLSSocket
    try {
      if (tls.ca !== undefined) checkCa(tls.ca)
      socket = connectTls(tlsOptions(options, tls))
    } catch (cause) {
      resume(Effect.fail(tlsError(where, cause, nameOf(options))))
      return
    }
    socket.on("error", fail)
    socket.once("connect", () => {
      reached = true
    })
    socket.once("secureConnect", () => {
      const pinned = tls.pin === undefined || fingerprint(socket.getPeerCertificate().fingerprint256) === fingerprint(tls.pin)
      if (!pinned) {
        socket.destroy(new WrongPin())
        return
      }
      resume(Effect.succeed(socket))
    })
    return Effect.sync(() => socket.destroy())
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
