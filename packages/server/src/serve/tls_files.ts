/** The certificate files that a configuration names, as what the server shows. */
import { ConfigError, type Notice, type TlsConfig, type TlsCredentials } from "@ctid/core"
import { inspectCertificateFiles, readTextFile, tlsCredentialsProblem } from "@ctid/platform-node"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { fileProblem } from "../config/load_config.ts"

/** Certificates are small. */
const LARGEST = 1024 * 1024

/** Their paths; relative ones start at the folder of `ctid.yml`. */
export const tlsFiles = Effect.fnUntraced(function* (
  file: string,
  { files }: TlsConfig
): Effect.fn.Return<NonNullable<TlsConfig["files"]> | null, never, Path.Path> {
  if (files === null) return null
  const paths = yield* Path.Path
  const beside = (path: string): string => (paths.isAbsolute(path) ? path : paths.join(paths.dirname(file), path))
  const { certificate, key, clientCa } = files
  return { certificate: beside(certificate), key: beside(key), clientCa: clientCa === null ? null : beside(clientCa) }
})

const unusable = (file: string, found: string): ConfigError =>
  new ConfigError({
    problems: [{ file, line: 1, column: 1, path: "", found, expected: "a PEM file that fits the other ones under tls" }]
  })

export interface LoadedTls {
  /** Null: no certificate is named. */
  readonly credentials: TlsCredentials | null
  /** What the administrator should know of it now: it ends soon, its key can be read by others... */
  readonly notices: ReadonlyArray<Notice>
  /** Paths of the files. */
  readonly files: ReadonlyArray<string>
}

/** What is to be known of a certificate and its key at this moment. */
const certificateNotices = ({ certificate, key }: { readonly certificate: string; readonly key: string }) =>
  inspectCertificateFiles({ certificate, key }).pipe(
    Effect.map(({ warnings }) =>
      warnings.map(({ reason, message }): Notice => {
        const file = reason.startsWith("key_") ? key : certificate
        return { file, line: 1, column: 1, path: "", message }
      })
    ),
    // that it cannot be read is found out by whoever needs it
    Effect.orElseSucceed((): ReadonlyArray<Notice> => [])
  )

/**
 * Reads and tries them. `file`: the configuration's. Fails with what is wrong with which file, as with a mistake in the configuration.
 */
export const loadTls = Effect.fnUntraced(function* (
  file: string,
  tls: TlsConfig
): Effect.fn.Return<LoadedTls, ConfigError, Path.Path> {
  const files = yield* tlsFiles(file, tls)
  if (files === null) return { credentials: null, notices: [], files: [] }
  const read = (path: string) => Effect.mapError(readTextFile(path, { maxBytes: LARGEST }), fileProblem)
  const credentials: TlsCredentials = {
    certificate: yield* read(files.certificate),
    key: Redacted.make(yield* read(files.key)),
    clientCa: files.clientCa === null ? null : yield* read(files.clientCa),
    minVersion: tls.minimumVersion
  }
  const problem = tlsCredentialsProblem(credentials)
  if (problem !== null) return yield* unusable(files[problem.part] ?? files.certificate, problem.message)
  return {
    credentials,
    notices: yield* certificateNotices(files),
    files: [files.certificate, files.key, ...(files.clientCa === null ? [] : [files.clientCa])]
  }
})

/** Whether they show the same: a binding keeps what it made of one. */
export const sameCredentials = (a: TlsCredentials | null, b: TlsCredentials | null): boolean =>
  a === b ||
  (a !== null &&
    b !== null &&
    a.certificate === b.certificate &&
    Redacted.value(a.key) === Redacted.value(b.key) &&
    a.clientCa === b.clientCa &&
    a.minVersion === b.minVersion)
