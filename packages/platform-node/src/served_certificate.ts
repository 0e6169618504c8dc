/** What a server shows of itself to anybody who connects: its certificates as they come, believed or not. */
import { X509Certificate } from "node:crypto"
import { connect as connectTcp, isIP, type Socket } from "node:net"
import { checkServerIdentity, connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from "node:tls"
import { StartTlsDialogue, startTlsWish } from "@ctid/client/start_tls"
import * as Effect from "effect/Effect"
import { connectError, hostPort, timeoutError, tlsError, tlsSentence, WireError } from "./wire_error.ts"

export interface ServedCertificateOptions {
  readonly host: string
  readonly port: number
  /** The port is in clear until STARTTLS (reference 2.2). Default false: TLS from the first byte. */
  readonly startTls?: boolean | undefined
  /** CA certificates as PEM text, by which it is judged. Default: those that Node brings along. */
  readonly ca?: string | undefined
  /** The name by which it is judged, and which the server is told. Default: the host. */
  readonly serverName?: string | undefined
  /** Milliseconds for all of it. Default 10,000. */
  readonly timeout?: number | undefined
}

export interface ServedCertificate {
  /** PEM: the server's certificate, then those of its issuers: those that it showed, and the one that is given as its CA. */
  readonly chain: string
  /** `TLSv1.3` */
  readonly protocol: string
  /** Why a client with this CA would refuse it; null: it would not. */
  readonly refusal: string | null
}

/** Certificates of a chain that are kept. */
const LONGEST_CHAIN = 20

const chainOf = (first: DetailedPeerCertificate): string => {
  const chain: Array<string> = []
  const seen = new Set<string>()
  let next: DetailedPeerCertificate | undefined = first
  while (next?.raw !== undefined && !seen.has(next.fingerprint256) && chain.length < LONGEST_CHAIN) {
    seen.add(next.fingerprint256)
    chain.push(new X509Certificate(next.raw).toString())
    next = next.issuerCertificate
  }
  return chain.join("")
}

type Resume = (outcome: Effect.Effect<ServedCertificate, WireError>) => void

/** The handshake on an open connection. Whatever the server shows is taken; all versions of TLS are spoken. */
const look = (clear: Socket, options: ServedCertificateOptions, resume: Resume): void => {
  const { host, port, ca, serverName: name = host, startTls = false } = options
  const where = hostPort(host, port)
  const failed = (cause: unknown): void => resume(Effect.fail(tlsError(where, cause, name, startTls)))
  let wrongName: Error | undefined
  const refusalOf = (socket: TLSSocket): string | null => {
    if (socket.authorized) return null
    return tlsSentence(String(socket.authorizationError), wrongName, name, startTls)
  }
  try {
    const socket = connectTls({
      socket: clear,
      rejectUnauthorized: false,
      minVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
      checkServerIdentity: (_host, certificate) => {
        wrongName = checkServerIdentity(name, certificate)
        return wrongName
      },
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(ca === undefined ? {} : { ca })
    })
    socket.on("error", failed)
    socket.once("secureConnect", () => {
      const chain = chainOf(socket.getPeerCertificate(true))
      resume(Effect.succeed({ chain, protocol: socket.getProtocol() ?? "TLS", refusal: refusalOf(socket) }))
    })
  } catch (cause) {
    failed(cause)
  }
}

const MISSING = { offer: "offer of STARTTLS", confirmation: "confirmation of STARTTLS", handshake: "handshake" }

/** Asks for STARTTLS, as the client does; `begin` when the server has confirmed. */
const wish = (socket: Socket, where: string, dialogue: StartTlsDialogue, begin: () => void, resume: Resume): void => {
  const refuse = (message: string): void =>
    resume(Effect.fail(new WireError({ reason: "tls", message: `${where}: ${message}` })))
  const onEnd = (): void => refuse(`the other end closed the connection before its ${MISSING[dialogue.waitsFor]}`)
  const onData = (chunk: Uint8Array): void => {
    const step = dialogue.push(chunk)
    if (step === "wait") return
    if (step === "wish") {
      socket.write(`${JSON.stringify(startTlsWish)}\n`)
      return
    }
    socket.off("data", onData).off("end", onEnd)
    if (step === "handshake") begin()
    else refuse(step.message)
  }
  socket.on("data", onData).on("end", onEnd)
}

/** Connects, looks, and leaves. */
export const servedCertificate = (options: ServedCertificateOptions): Effect.Effect<ServedCertificate, WireError> =>
  Effect.suspend(() => {
    const { host, port, startTls = false, timeout = 10_000 } = options
    const where = hostPort(host, port)
    const dialogue = new StartTlsDialogue()
    let socket: Socket | undefined
    let reached = false
    const late = (): WireError =>
      reached && startTls && dialogue.waitsFor !== "handshake"
        ? new WireError({ reason: "timeout", message: `${where}: no ${MISSING[dialogue.waitsFor]} within ${timeout} ms` })
        : timeoutError(where, timeout)
    const looking = Effect.callback<ServedCertificate, WireError>((resume) => {
      const failed = (cause: unknown): void =>
        resume(Effect.fail(reached ? tlsError(where, cause, host, startTls) : connectError(where, cause)))
      try {
        const opened = connectTcp({ host, port })
        socket = opened
        opened.on("error", failed).once("connect", () => {
          reached = true
          const begin = (): void => look(opened, options, resume)
          if (startTls) wish(opened, where, dialogue, begin, resume)
          else begin()
        })
      } catch (cause) {
        failed(cause)
      }
    })
    return looking.pipe(
      Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(late()) }),
      Effect.ensuring(Effect.sync(() => socket?.destroy()))
    )
  })
