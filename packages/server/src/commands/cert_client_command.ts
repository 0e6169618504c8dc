/** `ctid cert client`: a certificate for a client of a server that asks for one, signed by the CA that is there. */
import { issueClientCertificate, writeWholeFile } from "@ctid/platform-node"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { certificateFolder, failed, readAuthority } from "../certificate_folder.ts"
import { CommandError } from "../command_error.ts"
import { dayOf, daysFlag, dirFlag, factsOf } from "./cert_flags.ts"

/** It is the name of two files as well. */
const Name = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/))

const nameFlag = Flag.String("name").pipe(
  Flag.withSchema(Name),
  Flag.withDescription("Whose it is, and what its files are called: up to 64 letters, digits, dots, hyphens, underscores and @")
)

/** What the files of a CA and of its server are called. */
const RESERVED = ["ca", "server"]

export const certClientCommand = Command.make(
  "client",
  {
    dir: dirFlag,
    name: nameFlag,
    days: daysFlag,
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Replace the certificate and the key of that name"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ dir, name, days, force }) {
    // there are file systems where CA.pem is ca.pem
    if (RESERVED.includes(name.toLowerCase())) {
      return yield* new CommandError({ code: 2, message: `${name}.pem is not a client's: take another --name` })
    }
    const folder = yield* certificateFolder(dir)
    const [files, paths] = [yield* FileSystem.FileSystem, yield* Path.Path]
    const [pem, key] = [paths.resolve(dir, `${name}.pem`), paths.resolve(dir, `${name}.key`)]
    const present = yield* Effect.filter([pem, key], (path) => Effect.orElseSucceed(files.exists(path), () => false))
    if (present.length > 0 && !force) {
      const message = `already there: ${present.join(", ")}\nnothing was written. To replace them: --force`
      return yield* new CommandError({ code: 1, message })
    }
    const authority = yield* readAuthority(folder)
    const issued = yield* issueClientCertificate(authority, { name, days }).pipe(Effect.mapError(failed))
    yield* Effect.mapError(writeWholeFile(key, Redacted.value(issued.key), { secret: true }), failed)
    yield* Effect.mapError(writeWholeFile(pem, issued.certificate), failed)
    const { notAfter } = yield* factsOf(pem, issued.certificate)
    yield* Console.log(
      [
        `${pem}: the certificate of ${name}, until ${dayOf(notAfter)}`,
        `${key}: its key; give both to ${name}, and to nobody else`,
        "",
        "A server asks its clients for certificates of this CA with, in ctid.yml:",
        "",
        "tls:",
        `  client_ca: ${JSON.stringify(folder.caCertificate)}`
      ].join("\n")
    )
  })
).pipe(
  Command.withShortDescription("Make a client's certificate with the CA that is there"),
  Command.withDescription(
    "For servers whose tls.client_ca asks clients for one. It opens the door, for whoever signs in then: the login and its password are asked for all the " +
      "same, and the name is not compared with the login. It is good until it expires. Needs ca.pem and ca.key; writes <name>.pem and <name>.key, " +
      "which can be read by this user only. Exit codes: 0, 1 no CA, or they are there already or cannot be written, 2 a name that cannot be used."
  ),
  Command.withExamples([
    { command: "ctid cert client --name alice --dir /etc/ctid", description: "alice.pem and alice.key" },
    {
      command: "ctid client --tls --ca ca.pem --certificate alice.pem --key alice.key",
      description: "And what she does with them"
    }
  ])
)
