/** The link to Asterisk that a configuration describes. */
import { AmiTelephony, type AmiTransport, type TelephonySettings } from "@ctid/ami"
import { AmiClientTransport, loadAmiClient } from "@ctid/ami-client"
import type { AmiConfig, ConfigError, CtidConfig, Directory, Telephony } from "@ctid/core"
import { NodeAmiTransport, readTextFile } from "@ctid/platform-node"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import { CommandError } from "./command_error.ts"
import { fileProblem } from "./config/load_config.ts"

/** What the AMI session and the telephony door are told. */
export const telephonySettings = ({ ami, telephony }: Pick<CtidConfig, "ami" | "telephony">): TelephonySettings => ({
  ami: {
    username: ami.username,
    secret: ami.password,
    authentication: ami.authentication,
    loginTimeout: ami.loginTimeout,
    actionTimeout: ami.actionTimeout,
    listTimeout: ami.listTimeout,
    pingInterval: ami.pingInterval,
    pingTimeout: ami.pingTimeout,
    retryLongest: ami.retryLongest,
    retryRefused: ami.retryRefused
  },
  templates: telephony.templates,
  pollInterval: telephony.pollInterval,
  resyncInterval: telephony.resyncInterval
})

/** The text of the CA file, which stands beside `ctid.yml` unless its path is absolute. */
const readCa = Effect.fnUntraced(function* (
  file: string,
  ca: string | null
): Effect.fn.Return<string | undefined, ConfigError, Path.Path> {
  if (ca === null) return undefined
  const paths = yield* Path.Path
  const path = paths.isAbsolute(ca) ? ca : paths.join(paths.dirname(file), ca)
  return yield* Effect.mapError(readTextFile(path, { maxBytes: 1024 * 1024 }), fileProblem)
})

const tlsOptions = Effect.fnUntraced(function* (
  file: string,
  { ca, serverName, pin, minimumVersion }: NonNullable<AmiConfig["tls"]>
) {
  return { ca: yield* readCa(file, ca), serverName, pin: pin ?? undefined, minVersion: minimumVersion }
})

/** The wire to Asterisk. `file` is the configuration's, for the files that it names. */
export const amiTransport = Effect.fnUntraced(function* (
  file: string,
  ami: AmiConfig
): Effect.fn.Return<Layer.Layer<AmiTransport>, ConfigError | CommandError, Path.Path> {
  const wire = {
    host: ami.address,
    port: ami.port,
    connectTimeout: ami.connectTimeout,
    tls: ami.tls === null ? undefined : yield* tlsOptions(file, ami.tls)
  }
  if (ami.driver === "native") return NodeAmiTransport.layer(wire)
  yield* Effect.mapError(loadAmiClient, ({ message }) => new CommandError({ code: 1, message }))
  // it has just been found to be the right one
  return Layer.orDie(AmiClientTransport.layer(wire))
})

/** The telephony door over such a wire. */
export const layerTelephony = (
  config: CtidConfig,
  transport: Layer.Layer<AmiTransport>
): Layer.Layer<Telephony, never, Directory> =>
  AmiTelephony.layer(telephonySettings(config)).pipe(Layer.provide([transport, NodeCrypto.layerDigest]))
