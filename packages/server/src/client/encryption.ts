/** How `ctid client` is told to encrypt, and whom to believe. */

import type { ClientTransport } from "@ctid/client"
import { type KeyedCertificate, NodeClientTransport, type NodeClientTransportOptions, readTextFile } from "@ctid/platform-node"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { CommandError } from "../command_error.ts"

const CTI_PORT = 5003
const CTIS_PORT = 5013

const Port = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))

const fileFlag = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("file"), Flag.withDescription(description), Flag.optional)

/** Where the server is, and how it is to be encrypted. */
export const serverFlags = {
  host: Flag.String("host").pipe(
    Flag.withDescription("Where the server is. Default: 127.0.0.1"),
    Flag.withDefault("127.0.0.1")
  ),
  port: Flag.Int("port").pipe(
    Flag.withSchema(Port),
    Flag.withDescription(`Its CTI port. Default: ${CTI_PORT}; with --tls: ${CTIS_PORT}`),
    Flag.optional
  ),
  starttls: Flag.Boolean("starttls").pipe(
    Flag.withDescription(
      "Encrypt on the CTI port: waits for the server's offer of STARTTLS, and says nothing in clear if it does not come"
    ),
    Flag.withDefault(false)
  ),
  tls: Flag.Boolean("tls").pipe(Flag.withDescription("Encrypt from the first byte on (CTIS)"), Flag.withDefault(false)),
  ca: fileFlag(
    "ca",
    "With --starttls or --tls: the PEM file with the server's CA, such as the ca.pem of `ctid cert init`. Default: the public CAs"
  ),
  serverName: Flag.String("server-name").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription("With --starttls or --tls: the name that its certificate must bear. Default: the host"),
    Flag.optional
  ),
  certificate: fileFlag(
    "certificate",
    "With --starttls or --tls, for a server that asks for it (tls.client_ca): the PEM file with your certificate, such as `ctid cert client` makes"
  ),
  key: fileFlag("key", "The PEM file with the private key of --certificate")
}

export interface ServerOptions {
  readonly host: string
  readonly port: Option.Option<number>
  readonly starttls: boolean
  readonly tls: boolean
  readonly ca: Option.Option<string>
  readonly serverName: Option.Option<string>
  readonly certificate: Option.Option<string>
  readonly key: Option.Option<string>
}

const refused = (message: string): CommandError => new CommandError({ code: 2, message })

/** The wire that the flags describe; fails with exit code 2 where they contradict each other, or there is no CA to read. */
export const transportOf = Effect.fnUntraced(function* (
  options: ServerOptions
): Effect.fn.Return<{ readonly port: number; readonly layer: Layer.Layer<ClientTransport> }, CommandError> {
  const { host, starttls, tls } = options
  if (starttls && tls) return yield* refused("--starttls begins in clear and --tls does not: give one of them")
  const port = Option.getOrElse(options.port, () => (tls ? CTIS_PORT : CTI_PORT))
  if (!starttls && !tls) {
    const { ca, certificate, key, serverName } = options
    if ([ca, certificate, key, serverName].some(Option.isSome))
      return yield* refused("--ca, --server-name, --certificate and --key are of use with --starttls or --tls only")
    return { port, layer: NodeClientTransport.layer({ host, port }) }
  }
  const trust: NodeClientTransportOptions["tls"] = {
    ca: Option.isNone(options.ca) ? undefined : yield* readPem(options.ca.value),
    clientCertificate: yield* readClientCertificate(options),
    serverName: Option.getOrUndefined(options.serverName)
  }
  return { port, layer: NodeClientTransport.layer({ host, port, encryption: tls ? "tls" : "starttls", tls: trust }) }
})

const readPem = (file: string): Effect.Effect<string, CommandError> =>
  Effect.mapError(readTextFile(file, { maxBytes: 1024 * 1024 }), ({ message }) => refused(message))

/** Certificate and key, or neither of them. */
const readClientCertificate = Effect.fnUntraced(function* ({
  certificate,
  key
}: ServerOptions): Effect.fn.Return<KeyedCertificate | undefined, CommandError> {
  if (Option.isNone(certificate) && Option.isNone(key)) return undefined
  if (Option.isNone(certificate) || Option.isNone(key))
    return yield* refused("--certificate and --key belong together: give both")
  return { certificate: yield* readPem(certificate.value), key: Redacted.make(yield* readPem(key.value)) }
})
