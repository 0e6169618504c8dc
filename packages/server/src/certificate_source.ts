/** Where `ctid cert show` finds a certificate: a configuration, a PEM file, or a server. */
import {
  type CertificateFacts,
  type CertificateWarning,
  certificateWarnings,
  inspectCertificateFiles,
  readCertificates,
  readTextFile,
  servedCertificate
} from "@ctid/platform-node"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { failed } from "./certificate_folder.ts"
import { CommandError } from "./command_error.ts"
import { readConfig } from "./commands/config_argument.ts"
import { tlsFiles } from "./serve/tls_files.ts"

/** A certificate and what is known about it. */
export interface Shown {
  /** The file, or host and port. */
  readonly source: string
  /** Of a server only. */
  readonly protocol: string | null
  readonly chain: ReadonlyArray<CertificateFacts>
  readonly warnings: ReadonlyArray<CertificateWarning>
  /** Why a client with the given CA would refuse it; null: it would not, or no CA was given. */
  readonly refusal: string | null
}

interface Server {
  readonly host: string
  readonly port: number
}

/** `pbx:5013`, `[::1]:5013` */
const serverOf = (text: string): Server | null => {
  const { host, v6, port } = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:/\\[\]]+)):(?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  return port === undefined ? null : { host: v6 ?? host ?? "", port: Number(port) }
}

export interface ShowOptions {
  /** A ctid.yml, a PEM file, `host:port`. */
  readonly what: string
  readonly starttls: boolean
  readonly ca: Option.Option<string>
  readonly serverName: Option.Option<string>
}

const readPem = (file: string) => Effect.mapError(readTextFile(file, { maxBytes: 1024 * 1024 }), failed)

const ofServer = (server: Server, options: ShowOptions): Effect.Effect<Shown, CommandError> =>
  Effect.gen(function* () {
    const known = Option.isNone(options.ca) ? undefined : yield* readPem(options.ca.value)
    const served = yield* servedCertificate({
      ...server,
      startTls: options.starttls,
      ca: known,
      serverName: Option.getOrUndefined(options.serverName)
    }).pipe(Effect.mapError(failed))
    const now = yield* Clock.currentTimeMillis
    const read = Effect.all({
      chain: Effect.fromResult(readCertificates(served.chain)),
      warnings: Effect.fromResult(certificateWarnings(served.chain, { now }))
    })
    const refusal = known === undefined ? null : served.refusal
    return { source: options.what, protocol: served.protocol, refusal, ...(yield* Effect.mapError(read, failed)) }
  })

const ofFiles = (source: string, certificate: string, key: string | undefined): Effect.Effect<Shown, CommandError> =>
  inspectCertificateFiles({ certificate, key }).pipe(
    Effect.mapError(failed),
    Effect.map((report) => ({ source, protocol: null, refusal: null, ...report }))
  )

const ofConfig = Effect.fnUntraced(function* (file: string) {
  const { tls } = yield* readConfig(file)
  const files = yield* tlsFiles(file, tls)
  if (files !== null) return yield* ofFiles(files.certificate, files.certificate, files.key)
  return yield* failed({ message: `${file}: no certificate is named under tls; \`ctid cert init\` makes one` })
})

/** Looks where the options say. A file that is there is a file, whatever its name. */
export const findCertificate = Effect.fnUntraced(function* (options: ShowOptions) {
  const { what } = options
  const there = yield* Effect.orElseSucceed((yield* FileSystem.FileSystem).exists(what), () => false)
  const server = there ? null : serverOf(what)
  if (server !== null) return yield* ofServer(server, options)
  if (options.starttls || Option.isSome(options.ca) || Option.isSome(options.serverName)) {
    const message = `--starttls, --ca and --server-name are of use with host:port only, and ${what} is none`
    return yield* new CommandError({ code: 2, message })
  }
  return yield* /\.ya?ml$/i.test(what) ? ofConfig(what) : ofFiles(what, what, undefined)
})
