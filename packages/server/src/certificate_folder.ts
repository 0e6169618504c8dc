/** A folder with a CA and a server's certificate: `ca.pem`, `ca.key`, `server.pem`, `server.key`. */
import { type KeyedCertificate, readTextFile, type TextFileError, writeWholeFile } from "@ctid/platform-node"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { CommandError } from "./command_error.ts"

/** Absolute paths. */
export interface CertificateFolder {
  readonly caCertificate: string
  readonly caKey: string
  readonly certificate: string
  readonly key: string
}

/** The paths in a folder, which need not be there. */
export const certificateFolder = Effect.fnUntraced(function* (
  folder: string
): Effect.fn.Return<CertificateFolder, never, Path.Path> {
  const paths = yield* Path.Path
  const at = (name: string) => paths.resolve(folder, name)
  return { caCertificate: at("ca.pem"), caKey: at("ca.key"), certificate: at("server.pem"), key: at("server.key") }
})

/** Those of the four that are there. */
export const presentFiles = Effect.fnUntraced(function* (
  folder: CertificateFolder
): Effect.fn.Return<ReadonlyArray<string>, never, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  return yield* Effect.filter(Object.values<string>({ ...folder }), (path) =>
    Effect.orElseSucceed(files.exists(path), () => false)
  )
})

/** Ends a command with exit code 1 and the error's sentence. */
export const failed = ({ message }: { readonly message: string }): CommandError => new CommandError({ code: 1, message })

const read = (path: string): Effect.Effect<string, TextFileError> => readTextFile(path, { maxBytes: 1024 * 1024 })

/** A file's text; null: there is none. */
const readOptional = (path: string): Effect.Effect<string | null, CommandError> =>
  read(path).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "missing",
      () => Effect.succeed(null)
    ),
    Effect.mapError(failed)
  )

/** The CA, which must be there. */
export const readAuthority = ({ caCertificate, caKey }: CertificateFolder): Effect.Effect<KeyedCertificate, CommandError> =>
  Effect.gen(function* () {
    const certificate = yield* read(caCertificate)
    return { certificate, key: Redacted.make(yield* read(caKey)) }
  }).pipe(
    Effect.mapError(({ reason, message }) =>
      failed({ message: reason === "missing" ? `${message}: \`ctid cert init\` makes a CA` : message })
    )
  )

/** The server's certificate and key, each null where it is missing. */
export const readServer = (folder: CertificateFolder) =>
  Effect.all({
    certificate: readOptional(folder.certificate),
    key: Effect.map(readOptional(folder.key), (key) => (key === null ? null : Redacted.make(key)))
  })

export const writeAuthority = ({ caCertificate, caKey }: CertificateFolder, { certificate, key }: KeyedCertificate) =>
  Effect.andThen(writeWholeFile(caKey, Redacted.value(key), { secret: true }), writeWholeFile(caCertificate, certificate)).pipe(
    Effect.mapError(failed)
  )

/** The key first: a server that looks between the two finds that they do not fit, and looks again when the certificate is there. */
export const writeServer = (folder: CertificateFolder, { certificate, key }: KeyedCertificate) =>
  Effect.andThen(
    writeWholeFile(folder.key, Redacted.value(key), { secret: true }),
    writeWholeFile(folder.certificate, certificate)
  ).pipe(Effect.mapError(failed))
