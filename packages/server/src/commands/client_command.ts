/** `ctid client`: a CTI client for the terminal, for scripts, and to try a server. */
import { type ClientEnd, CtiClient, type CtiClientShape, type PresenceTerms } from "@ctid/client"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Terminal from "effect/Terminal"
import { boardLines } from "../client/board.ts"
import { type ServerOptions, serverFlags, transportOf } from "../client/encryption.ts"
import { boardJson } from "../client/json.ts"
import { drawBoard, printChanges, reportConnection } from "../client/live.ts"
import { type Output, openOutput, takeScreen } from "../client/output.ts"
import { clientPassword, PASSWORD_VARIABLE } from "../client/password.ts"
import { colorDepthOf, harmless, paintFor } from "../client/text.ts"
import { readUntil } from "../client/until.ts"
import { presenceText, userName } from "../client/words.ts"
import { CommandError } from "../command_error.ts"
import { standardInput } from "../password_input.ts"

/** Protocol versions that the client speaks. */
const VERSIONS = ["1.2", "2.0", "2.1", "2.2", "2.3"] as const

const flags = {
  ...serverFlags,
  user: Flag.String("user").pipe(Flag.withAlias("u"), Flag.withDescription("The login")),
  password: Flag.Redacted("password").pipe(
    Flag.withDescription(
      "The password. Every user of this machine can read it in the list of processes: better use --password-file, the " +
        `variable ${PASSWORD_VARIABLE}, or none of them, and be asked`
    ),
    Flag.optional
  ),
  passwordFile: Flag.String("password-file").pipe(
    Flag.withDescription("A file whose first line is the password; - is standard input"),
    Flag.optional
  ),
  protocol: Flag.Literals("protocol", VERSIONS).pipe(
    Flag.withDescription("Version of the protocol to speak. Default: 2.3"),
    Flag.withDefault("2.3")
  ),
  set: Flag.String("set").pipe(
    Flag.withMetavar("presence"),
    Flag.withDescription("Take this presence, such as away, say so, and stay connected until Ctrl-C; then log out"),
    Flag.optional
  ),
  until: Flag.String("until").pipe(
    Flag.withMetavar("time"),
    Flag.withDescription('With --set: only until then, 14:00 or "2026-11-30 14:00"; then back to the presence before'),
    Flag.optional
  ),
  note: Flag.String("note").pipe(
    Flag.withMetavar("text"),
    Flag.withDescription('With --set: what to say with it, such as "at the dentist"'),
    Flag.optional
  ),
  once: Flag.Boolean("once").pipe(
    Flag.withDescription("Print the board once and leave. The user's presence is not touched"),
    Flag.withDefault(false)
  ),
  json: Flag.Boolean("json").pipe(Flag.withDescription("With --once: as JSON, for programs"), Flag.withDefault(false))
}

const failed = (message: string): CommandError => new CommandError({ code: 1, message })
const refused = (message: string): CommandError => new CommandError({ code: 2, message })

/** 1: no connection, or not any more. 3: the server refuses. */
const ended = (user: string, end: ClientEnd): CommandError => {
  const message = harmless(end.message)
  return end._tag === "ClientLoginError"
    ? new CommandError({ code: 3, message: `${harmless(user)}: ${message}` })
    : failed(message)
}

type Connect = (options: {
  /** Null: the present one is kept. */
  readonly presence: string | null
  readonly stays: boolean
}) => Effect.Effect<CtiClientShape, CommandError, Digest.Digest | Scope.Scope>

const printOnce = (connect: Connect, user: string, json: boolean, output: Output) =>
  Effect.gen(function* () {
    const client = yield* connect({ presence: null, stays: false })
    const board = yield* Effect.mapError(client.ready, (end) => ended(user, end))
    const identity = client.identity()
    const terminal = process.stdout.isTTY === true
    const text = json
      ? JSON.stringify(boardJson(board, identity), null, 2)
      : boardLines({
          board,
          identity,
          paint: paintFor(colorDepthOf(process.env, terminal)),
          columns: terminal ? process.stdout.columns : null
        }).join("\n")
    yield* output.write(`${text}\n`)
  })

/** Logs out when the scope ends, before the connection is closed. */
const logOutAtEnd = (client: CtiClientShape): Effect.Effect<void, never, Scope.Scope> =>
  Effect.addFinalizer(() => Effect.ignore(Effect.timeoutOption(client.logout, "2 seconds")))

/** Milliseconds for the server to show the presence that was asked for at login. */
const CONFIRMATION = 10_000

const confirmed = (client: CtiClientShape, presence: string): Effect.Effect<void, CommandError> =>
  client.boards.pipe(
    Stream.filter((board) => board.users.get(client.identity().userId)?.presence === presence),
    Stream.runHead,
    Effect.timeoutOption(CONFIRMATION),
    Effect.flatMap((found) =>
      Option.isSome(Option.flatten(found))
        ? Effect.void
        : Effect.fail(failed(`the server does not show the presence ${harmless(presence)} of this user`))
    )
  )

interface Hold {
  readonly presence: string
  readonly terms: PresenceTerms | undefined
}

/** Where somebody returns to: where he is, or `available` where he is not there. Null: he stays. */
const presenceBefore = (connect: Connect, user: string) =>
  Effect.gen(function* () {
    const client = yield* connect({ presence: null, stays: false })
    const board = yield* Effect.mapError(client.ready, (end) => ended(user, end))
    const present = board.users.get(client.identity().userId)?.presence ?? "disconnected"
    return present === "disconnected" ? "available" : null
  }).pipe(Effect.scoped)

const holdPresence = (connect: Connect, user: string, { presence, terms }: Hold, output: Output) =>
  Effect.gen(function* () {
    const first = terms === undefined ? presence : yield* presenceBefore(connect, user)
    const client = yield* connect({ presence: first, stays: true })
    const { presences, userId } = client.identity()
    if (!presences.has(presence)) {
      const names = harmless([...presences.keys()].join(", "))
      return yield* refused(`there is no presence ${harmless(JSON.stringify(presence))}; there are ${names}`)
    }
    yield* logOutAtEnd(client)
    const board = yield* Effect.mapError(client.ready, (end) => ended(user, end))
    if (terms !== undefined) {
      yield* Effect.mapError(client.setPresence(presence, terms), (error) => failed(harmless(error.message)))
    }
    yield* confirmed(client, presence)
    const self = board.users.get(userId)
    const name = self === undefined ? harmless(user) : userName(self)
    const now = (shown: string): string => `${name} is now ${presenceText(client.identity(), shown)}`
    yield* output.write(`${now(presence)}; Ctrl-C logs out\n`)
    yield* Effect.forkScoped(reportConnection(Stream.drop(client.states, 1)))
    return yield* client.boards.pipe(
      Stream.map((each) => each.users.get(userId)?.presence ?? presence),
      Stream.changes,
      Stream.drop(1),
      Stream.runForEach((shown) => output.write(`${now(shown)}\n`)),
      Effect.andThen(Effect.flatMap(client.ended, (end) => Effect.fail(ended(user, end))))
    )
  })

const showBoard = (connect: Connect, user: string, title: string, output: Output) =>
  Effect.gen(function* () {
    const client = yield* connect({ presence: "available", stays: true })
    yield* logOutAtEnd(client)
    yield* Effect.mapError(client.ready, (end) => ended(user, end))
    const over = Effect.flatMap(client.ended, (end) => Effect.fail(ended(user, end)))
    const screen = process.stdout.isTTY === true && process.env.TERM !== "dumb"
    if (screen) {
      const paint = paintFor(colorDepthOf(process.env, true))
      const draw = drawBoard(client, { title, paint, write: output.write, keyboard: process.stdin.isTTY === true })
      return yield* Effect.raceFirst(Effect.scoped(Effect.andThen(takeScreen, draw)), over)
    }
    yield* Effect.forkScoped(reportConnection(client.states))
    return yield* Effect.raceFirst(Effect.andThen(printChanges(client, output), Effect.never), over)
  })

interface Options extends ServerOptions {
  readonly user: string
  readonly password: Option.Option<Redacted.Redacted>
  readonly passwordFile: Option.Option<string>
  readonly protocol: (typeof VERSIONS)[number]
  readonly set: Option.Option<string>
  readonly until: Option.Option<string>
  readonly note: Option.Option<string>
  readonly once: boolean
  readonly json: boolean
}

const checkOptions = (options: Options): Effect.Effect<void, CommandError> => {
  if (options.json && !options.once) return Effect.fail(refused("--json prints the board once: give --once too"))
  if (options.once && Option.isSome(options.set)) {
    return Effect.fail(refused("--set stays connected and --once does not: give one of them"))
  }
  if (Option.isNone(options.set) && (Option.isSome(options.until) || Option.isSome(options.note))) {
    return Effect.fail(refused("--until and --note go with --set"))
  }
  return Effect.void
}

/** What is said with the presence; undefined: nothing. */
const termsOf = ({ note, until }: Options): Effect.Effect<PresenceTerms | undefined, CommandError> => {
  if (Option.isNone(note) && Option.isNone(until)) return Effect.succeed(undefined)
  const end = Option.map(until, (text) => readUntil(text, Date.now()))
  if (Option.isSome(end) && end.value === null) return Effect.fail(refused('--until is a time: 14:00, or "2026-11-30 14:00"'))
  return Effect.succeed({
    ...(Option.isSome(note) ? { note: note.value } : {}),
    ...(Option.isSome(end) && end.value !== null ? { until: end.value } : {})
  })
}

const run = (options: Options): Effect.Effect<void, CommandError, Digest.Digest | Terminal.Terminal | Scope.Scope> =>
  Effect.gen(function* () {
    yield* checkOptions(options)
    const terms = yield* termsOf(options)
    const { host, user } = options
    const { port, layer } = yield* transportOf(options)
    if (Option.isSome(options.password) && process.stderr.isTTY === true) {
      process.stderr.write(`--password is seen in the list of processes; --password-file and ${PASSWORD_VARIABLE} are not\n`)
    }
    const password = yield* clientPassword({
      password: options.password,
      file: options.passwordFile,
      variable: process.env[PASSWORD_VARIABLE],
      input: standardInput(),
      user
    })
    const connect: Connect = ({ presence, stays }) =>
      CtiClient.make({
        login: user,
        password,
        version: options.protocol,
        ident: "ctid client",
        presence,
        ...(stays ? {} : { reconnect: false })
      }).pipe(
        Effect.mapError((end) => ended(user, end)),
        Effect.provide(layer)
      )
    const output = yield* openOutput
    const work = options.once
      ? printOnce(connect, user, options.json, output)
      : Option.isSome(options.set)
        ? holdPresence(connect, user, { presence: options.set.value, terms }, output)
        : showBoard(connect, user, `${harmless(user)} on ${host}:${port}`, output)
    yield* Effect.raceFirst(work, output.abandoned)
  })

export const clientCommand = Command.make("client", flags, (options) => Effect.scoped(run(options))).pipe(
  Command.withShortDescription("Sign in to a CTI server and watch its board in the terminal"),
  Command.withDescription(
    "Signs in as a user and shows users, phones, agents and queues as they change; q or Ctrl-C logs out. Where the output is no terminal, " +
      "each change is a line, and the state of the connection goes to standard error. Exit codes: 0, 1 no connection or a lost one, 2 a wrong command line, 3 a refused login."
  ),
  Command.withExamples([
    { command: "ctid client --user alice", description: "Ask for the password and show the board" },
    { command: "ctid client --user alice --set away", description: "Be away until Ctrl-C" },
    {
      command: 'ctid client --user alice --set away --until 14:00 --note "at the dentist"',
      description: "Be away until 14:00, and then what she was before"
    },
    {
      command: "ctid client --user alice --host cti.example.com --starttls --ca ca.pem",
      description: "Encrypted, and only with the server that this CA vouches for"
    },
    {
      command: "ctid client --user alice --password-file secret --once --json",
      description: "The board for a script, without touching the presence"
    }
  ])
)
