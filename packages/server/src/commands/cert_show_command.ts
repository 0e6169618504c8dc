/** `ctid cert show`: a certificate in a file, in a configuration, or as a server shows it, and until when it is good. */
import { type CertificateFacts, daysLeft } from "@ctid/platform-node"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { findCertificate, type Shown } from "../certificate_source.ts"
import { harmless } from "../client/text.ts"
import { CommandError } from "../command_error.ts"
import { dayOf } from "./cert_flags.ts"

const what = Argument.String("what").pipe(
  Argument.withDescription(
    "A ctid.yml, a PEM file, or host:port of a server. Default: the certificate that ctid.yml in the current folder names"
  ),
  Argument.withDefault("ctid.yml")
)

const starttls = Flag.Boolean("starttls").pipe(
  Flag.withDescription("With host:port: that is a CTI port, in clear until STARTTLS. Default: TLS from the first byte"),
  Flag.withDefault(false)
)

const ca = Flag.String("ca").pipe(
  Flag.withMetavar("file"),
  Flag.withDescription("With host:port: say whether a client with this CA would believe the server"),
  Flag.optional
)

const serverName = Flag.String("server-name").pipe(
  Flag.withMetavar("name"),
  Flag.withDescription("With host:port: the name that the client would ask for. Default: the host"),
  Flag.optional
)

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object for programs"), Flag.withDefault(false))

const rows = (facts: CertificateFacts, now: number): ReadonlyArray<string> => {
  const left = daysLeft(facts, now)
  return [
    `  subject  ${facts.subject}`,
    ...(facts.names.length === 0 ? [] : [`  names    ${facts.names.join(", ")}`]),
    `  issuer   ${facts.issuer}`,
    `  valid    ${dayOf(facts.notBefore)} to ${dayOf(facts.notAfter)}, ${left < 0 ? "expired" : `${left} ${left === 1 ? "day" : "days"} left`}`,
    `  key      ${facts.keyKind}`,
    `  SHA-256  ${facts.fingerprint}`
  ]
}

const tellPeople = Effect.fnUntraced(function* ({ source, protocol, chain, warnings, refusal }: Shown, judged: boolean) {
  const now = yield* Clock.currentTimeMillis
  const titles = chain.map((_, at) => (at === 0 ? `${source}${protocol === null ? "" : ` (${protocol})`}` : "its issuer"))
  for (const [at, facts] of chain.entries()) {
    for (const line of [titles[at] ?? "", ...rows(facts, now)]) yield* Console.log(harmless(line))
  }
  if (judged)
    yield* Console.log(
      refusal === null ? "a client with this CA believes it" : `a client with this CA refuses it: ${harmless(refusal)}`
    )
  for (const { message } of warnings) yield* Console.error(`warning: ${harmless(message)}`)
})

const tellPrograms = Effect.fnUntraced(function* (shown: Shown, judged: boolean) {
  const now = yield* Clock.currentTimeMillis
  const certificates = shown.chain.map((facts) => ({
    ...facts,
    notBefore: new Date(facts.notBefore).toISOString(),
    notAfter: new Date(facts.notAfter).toISOString(),
    daysLeft: daysLeft(facts, now)
  }))
  const { source, protocol, warnings, refusal } = shown
  yield* Console.log(JSON.stringify({ source, protocol, certificates, warnings, ...(judged ? { refusal } : {}) }))
})

export const certShowCommand = Command.make(
  "show",
  { what, starttls, ca, serverName, json },
  Effect.fnUntraced(function* (options) {
    const shown = yield* findCertificate(options)
    const judged = Option.isSome(options.ca)
    yield* options.json ? tellPrograms(shown, judged) : tellPeople(shown, judged)
    if (shown.warnings.length > 0 || shown.refusal !== null) return yield* new CommandError({ code: 1, message: "" })
  })
).pipe(
  Command.withShortDescription("Show a certificate, and until when it is good"),
  Command.withDescription(
    "Shows who a certificate is for, who signed it, until when it is good, its fingerprint, and warnings: expired, less than 30 days left, a key of another " +
      "certificate, a key that others can read. Of ctid.yml the certificate and its key are looked at; of a server what it shows, whether believed " +
      "or not. Exit codes: 0 all is well, 1 there is a warning, a refusal (with --ca) or nothing to show, 2 a wrong command line or ctid.yml."
  ),
  Command.withExamples([
    { command: "ctid cert show", description: "What ctid.yml names" },
    {
      command: "ctid cert show cti.example.com:5013 --ca ca.pem",
      description: "What a server shows, and whether clients believe it"
    },
    { command: "ctid cert show cti.example.com:5003 --starttls --json", description: "The same of the CTI port, for a program" }
  ])
)
