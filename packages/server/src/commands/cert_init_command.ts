/** `ctid cert init`: a certificate authority of one's own, and a server certificate signed by it. */
import { hostname } from "node:os"
import { type CertificateFacts, issueServerCertificate, makeCertificateAuthority } from "@ctid/platform-node"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import {
  type CertificateFolder,
  certificateFolder,
  failed,
  presentFiles,
  writeAuthority,
  writeServer
} from "../certificate_folder.ts"
import { CommandError } from "../command_error.ts"
import { Days, dayOf, daysFlag, defaultNames, dirFlag, factsOf, namesFlag } from "./cert_flags.ts"

const CA_DAYS = 3650

const caDays = Flag.Int("ca-days").pipe(
  Flag.withSchema(Days),
  Flag.withDescription(`Days that the CA is valid: after that, every client needs another. Default: ${CA_DAYS}`),
  Flag.withDefault(CA_DAYS)
)

const caName = Flag.String("ca-name").pipe(
  Flag.withDescription("What the clients are shown as the issuer, up to 64 characters. Default: ctid CA of <host name>"),
  Flag.withDefault("")
)

const rsa = Flag.Boolean("rsa").pipe(
  Flag.withDescription(
    "RSA keys (2048 bits, 3072 for the CA), which the old desktop client needs. Default: EC P-256, faster, for all clients of today"
  ),
  Flag.withDefault(false)
)

const force = Flag.Boolean("force").pipe(
  Flag.withDescription("Replace the CA and the certificate that are there; every client needs the new ca.pem then"),
  Flag.withDefault(false)
)

const refuseToReplace = (present: ReadonlyArray<string>): CommandError =>
  new CommandError({
    code: 1,
    message:
      `already there: ${present.join(", ")}\nnothing was written. To renew the server's certificate: ctid cert renew. ` +
      "To replace the CA too, which every client would notice: --force"
  })

/** A path as YAML reads it. */
const yamlPath = (path: string): string => (/^[\w./-]+$/.test(path) ? path : JSON.stringify(path))

/** Files, ctid.yml, clients. */
const whatToDo = (folder: CertificateFolder, server: CertificateFacts, ca: CertificateFacts): ReadonlyArray<string> => [
  `${folder.certificate}: the server's certificate, for ${server.names.join(", ")}, until ${dayOf(server.notAfter)}`,
  `${folder.key}: its key; the user that runs ctid must be able to read it, and nobody else`,
  `${folder.caCertificate}: the CA's certificate, until ${dayOf(ca.notAfter)}; every client needs a copy`,
  `  SHA-256 ${ca.fingerprint}`,
  `${folder.caKey}: the CA's key; only \`ctid cert renew\` and \`ctid cert client\` need it, so keep it elsewhere if you can`,
  "",
  "Write into ctid.yml:",
  "",
  "tls:",
  `  certificate: ${yamlPath(folder.certificate)}`,
  `  key: ${yamlPath(folder.key)}`,
  "",
  "The port with TLS from the first byte (listeners.ctis) opens with that, and the CTI port offers STARTTLS.",
  ...(server.keyKind.startsWith("RSA") ? ["The old desktop client also needs `minimum_version: TLSv1` there."] : []),
  "Copy ca.pem to the clients by a way that nobody can change it on, or compare its SHA-256 there:",
  "  openssl x509 -in ca.pem -noout -fingerprint -sha256"
]

export const certInitCommand = Command.make(
  "init",
  { dir: dirFlag, names: namesFlag, days: daysFlag, caDays, caName, rsa, force },
  Effect.fnUntraced(function* (options) {
    const folder = yield* certificateFolder(options.dir)
    const present = yield* presentFiles(folder)
    if (present.length > 0 && !options.force) return yield* refuseToReplace(present)
    const keyKind = options.rsa ? "rsa" : "ec"
    const refused = ({ message }: { readonly message: string }) => new CommandError({ code: 2, message })
    const authority = yield* makeCertificateAuthority({
      name: options.caName === "" ? `ctid CA of ${hostname()}`.slice(0, 64) : options.caName,
      days: options.caDays,
      keyKind
    }).pipe(Effect.mapError(refused))
    const server = yield* issueServerCertificate(authority, {
      names: options.names.length > 0 ? options.names : defaultNames(),
      days: options.days,
      keyKind
    }).pipe(Effect.mapError(refused))
    const files = yield* FileSystem.FileSystem
    yield* Effect.mapError(files.makeDirectory(options.dir, { recursive: true }), () =>
      failed({ message: `${options.dir}: the folder cannot be made` })
    )
    yield* writeAuthority(folder, authority)
    yield* writeServer(folder, server)
    const serverFacts = yield* factsOf(folder.certificate, server.certificate)
    const caFacts = yield* factsOf(folder.caCertificate, authority.certificate)
    yield* Console.log(whatToDo(folder, serverFacts, caFacts).join("\n"))
  })
).pipe(
  Command.withShortDescription("Make a CA and a server certificate"),
  Command.withDescription(
    "Makes ca.pem, ca.key, server.pem (the server's certificate, then the CA's) and server.key; the keys can be read by this user only. Without --name " +
      "the certificate is for this machine's host name, localhost, 127.0.0.1 and ::1; with it, for exactly the names given. Prints what to write " +
      "into ctid.yml and what the clients need. Exit codes: 0, 1 something is there already or cannot be written, 2 a name that is none."
  ),
  Command.withExamples([
    { command: "ctid cert init", description: "For this machine's names, in the current folder" },
    {
      command: "ctid cert init --name cti.example.com --name 192.0.2.10 --dir /etc/ctid",
      description: "For a name and an address"
    },
    { command: "ctid cert init --rsa", description: "With RSA keys, for the old desktop client" }
  ])
)
