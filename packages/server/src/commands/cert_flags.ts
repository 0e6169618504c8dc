/** What the commands that make certificates have in common. */
import { hostname } from "node:os"
import { type CertificateFacts, certificateName, readCertificates } from "@ctid/platform-node"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { failed } from "../certificate_folder.ts"
import type { CommandError } from "../command_error.ts"

/** The most that Apple's systems accept of a CA that somebody installed. */
const DAYS = 825
const MAX_DAYS = 36_500

export const Days = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: MAX_DAYS }))

export const dirFlag = Flag.String("dir").pipe(
  Flag.withDescription("The folder of ca.pem, ca.key, server.pem and server.key. Default: the current one"),
  Flag.withDefault(".")
)

export const namesFlag = Flag.String("name").pipe(
  Flag.withDescription(
    "A host name, IPv4 or IPv6 address by which clients call the server, the main one first; may stand more than once"
  ),
  Flag.between(0, 100)
)

export const daysFlag = Flag.Int("days").pipe(
  Flag.withSchema(Days),
  Flag.withDescription(`Days that the certificate is valid. Default: ${DAYS}`),
  Flag.withDefault(DAYS)
)

/** This machine, by the names that it has without a name server. */
export const defaultNames = (): ReadonlyArray<string> => {
  const own = hostname()
  return [...(certificateName(own) === null ? [] : [own]), "localhost", "127.0.0.1", "::1"]
}

/** What the first certificate of a file's text says. */
export const factsOf = (file: string, pem: string): Effect.Effect<CertificateFacts, CommandError> =>
  Effect.fromResult(readCertificates(pem)).pipe(
    Effect.map(([first]) => first),
    Effect.mapError(({ message }) => failed({ message: `${file}: ${message}` }))
  )

/** `2029-02-27` */
export const dayOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10)
