/** A server's certificate and its key as they stand in files. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import {
  CertificateError,
  type CertificateFacts,
  type CertificateWarning,
  certificateWarnings,
  readCertificates
} from "./certificate.ts"
import { isSecretReadableByOthers, readTextFile, type TextFileError } from "./text_file.ts"

export interface CertificatePaths {
  /** PEM: the server's certificate first, then those between it and its CA. */
  readonly certificate: string
  /** PEM, not encrypted. Absent: not looked at. */
  readonly key?: string | undefined
}

export interface CertificateReport {
  /** The server's first. */
  readonly chain: readonly [CertificateFacts, ...ReadonlyArray<CertificateFacts>]
  /** Nothing when all is well. */
  readonly warnings: ReadonlyArray<CertificateWarning>
}

/** No chain of certificates and no key is larger. */
const MAX_BYTES = 1024 * 1024

const bounded = { maxBytes: MAX_BYTES }

/** Reads a certificate's file and its key's, and says what is to be known about them now. For the log at start and once a day. */
export const inspectCertificateFiles = (
  paths: CertificatePaths
): Effect.Effect<CertificateReport, TextFileError | CertificateError> =>
  Effect.gen(function* () {
    const pem = yield* readTextFile(paths.certificate, bounded)
    const key = paths.key === undefined ? undefined : Redacted.make(yield* readTextFile(paths.key, bounded))
    const keyReadableByOthers = paths.key === undefined ? false : yield* isSecretReadableByOthers(paths.key)
    const now = yield* Clock.currentTimeMillis
    const named = Effect.mapError(
      ({ message }: CertificateError) => new CertificateError({ message: `${paths.certificate}: ${message}` })
    )
    return {
      chain: yield* named(Effect.fromResult(readCertificates(pem))),
      warnings: yield* named(Effect.fromResult(certificateWarnings(pem, { now, key, keyReadableByOthers })))
    }
  })
