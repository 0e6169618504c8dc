/** `ctid cert renew`: a new server certificate of the CA that is there. */
import { issueServerCertificate } from "@ctid/platform-node"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { certificateFolder, failed, readAuthority, readServer, writeServer } from "../certificate_folder.ts"
import { dayOf, daysFlag, defaultNames, dirFlag, factsOf, namesFlag } from "./cert_flags.ts"

const newKey = Flag.Boolean("new-key").pipe(
  Flag.withDescription("Make a new key too. Default: the key that is there is kept"),
  Flag.withDefault(false)
)

const rsa = Flag.Boolean("rsa").pipe(
  Flag.withDescription("A new RSA key of 2048 bits, which the old desktop client needs, unless the present one is RSA"),
  Flag.withDefault(false)
)

export const certRenewCommand = Command.make(
  "renew",
  { dir: dirFlag, names: namesFlag, days: daysFlag, newKey, rsa },
  Effect.fnUntraced(function* (options) {
    const folder = yield* certificateFolder(options.dir)
    const authority = yield* readAuthority(folder)
    const present = yield* readServer(folder)
    const before = present.certificate === null ? null : yield* factsOf(folder.certificate, present.certificate)
    const wasRsa = before?.keyKind.startsWith("RSA") === true
    const kept = present.key === null || before === null || options.newKey || (options.rsa && !wasRsa) ? null : present.key
    const issued = yield* issueServerCertificate(authority, {
      names: options.names.length > 0 ? options.names : (before?.names ?? defaultNames()),
      days: options.days,
      ...(kept === null ? { keyKind: options.rsa || wasRsa ? "rsa" : "ec" } : { key: kept })
    }).pipe(Effect.mapError(failed))
    yield* writeServer(folder, issued)
    const { names, notAfter } = yield* factsOf(folder.certificate, issued.certificate)
    const ca = yield* factsOf(folder.caCertificate, authority.certificate)
    yield* Console.log(`${folder.certificate}: for ${names.join(", ")}, until ${dayOf(notAfter)}`)
    yield* Console.log(`${folder.key}: ${kept === null ? "a new key" : "the key that was there"}`)
    if (notAfter === ca.notAfter) {
      yield* Console.error(
        "it ends with its CA. `ctid cert init --force` makes a new CA; every client needs the new ca.pem before the server shows its certificate"
      )
    }
  })
).pipe(
  Command.withShortDescription("Make a new server certificate with the CA that is there"),
  Command.withDescription(
    "Needs ca.pem and ca.key; writes server.pem and server.key, each moved into its place as a whole. Names and key are those that are there, unless told " +
      "otherwise; without a server.pem they are those of `ctid cert init`. The clients need nothing new. Exit codes: 0, 1 no CA, or it cannot be written."
  ),
  Command.withExamples([
    { command: "ctid cert renew --dir /etc/ctid", description: "Once in two years, or when the log says so" },
    { command: "ctid cert renew --name cti.example.com --name pbx.example.com", description: "For other names" }
  ])
)
