/**
 * A real Asterisk for the tests of one file, from `asterisk/rig`: two companies, `tenant-a` with the phones 1001, 1002, 1003 and the
 * queues support and callback, `tenant-b` with 2001, 2002 and sales.
 */
import { execFile } from "node:child_process"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ConversationFailed, converse, type Packet } from "./ami_conversation.ts"
import { eventually, type NotInTime } from "./eventually.ts"

/** What `rig start` prints. Paths as this machine sees them. */
export interface AsteriskInfo {
  readonly name: string
  readonly pid: number
  readonly host: string
  readonly port: number
  readonly tlsPort: number
  /** File with the certificate of the TLS port, its own authority. */
  readonly ca: string
  readonly username: string
  readonly secret: string
  /** File of AstDB. */
  readonly database: string
  readonly log: string
}

export class RigFailed extends Data.TaggedError("RigFailed")<{ readonly message: string }> {}

const rigPath = fileURLToPath(new URL("../../asterisk/rig", import.meta.url))

const rig = (...args: ReadonlyArray<string>): Effect.Effect<string, RigFailed> =>
  Effect.callback((resume) => {
    const child = execFile(rigPath, args, { encoding: "utf8", maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      resume(
        error === null
          ? Effect.succeed(stdout)
          : Effect.fail(new RigFailed({ message: `rig ${args[0]}: ${stderr || error.message}` }))
      )
    })
    return Effect.sync(() => child.kill())
  })

/** A phone of the rig: what a call to the person at it dials. */
const dialString: Readonly<Record<string, string>> = {
  "1001": "PJSIP/1001",
  "1002": "Local/1002@phones/n",
  "1003": "PJSIP/1003",
  "2001": "PJSIP/2001",
  "2002": "Local/2002@phones/n"
}

const contextOf = (extension: string): string => (/^(2|8003$)/.test(extension) ? "tenant-b" : "tenant-a")

type Failure = RigFailed | ConversationFailed | NotInTime

export class Asterisk extends Context.Service<
  Asterisk,
  {
    readonly info: AsteriskInfo
    /** `22.10.1...` */
    readonly version: string
    /** One command of the console, and what it prints. */
    readonly console: (command: string) => Effect.Effect<string, RigFailed>
    /** One action of a manager who may do everything, and what comes up to the last packet of the answer: by default its response. */
    readonly act: (
      action: Packet,
      isLast?: (packet: Packet) => boolean
    ) => Effect.Effect<ReadonlyArray<Packet>, ConversationFailed>
    /** Values of a family of AstDB by key: `DND` -> `1001` -> `YES`. */
    readonly database: (family: string) => Effect.Effect<Readonly<Record<string, string>>, RigFailed>
    /** Waits until the file of AstDB holds what the running Asterisk shows: that much survives `kill`. */
    readonly saved: Effect.Effect<void, Failure>
    /** The person at a phone dials a feature code; ends when that call has. The phone says its extension as the caller's number, or another. */
    readonly press: (extension: string, digits: string, number?: string) => Effect.Effect<void, Failure>
    /** Somebody outside calls an extension and waits for an answer. */
    readonly call: (extension: string) => Effect.Effect<"answered" | "busy" | "failed", Failure>
    /** Somebody outside calls; nobody waits for how it goes. */
    readonly ring: (extension: string) => Effect.Effect<void, Failure>
    /** How the person at a phone answers: at once, after some seconds, never, or he is busy. */
    readonly phone: (extension: string, answers: "at once" | "busy" | "never") => Effect.Effect<void, RigFailed>
    /** Ends all calls, and waits until they are gone. */
    readonly hangUp: Effect.Effect<void, Failure>
    /** Channels, one line each as `core show channels concise` prints them. */
    readonly channels: Effect.Effect<ReadonlyArray<string>, RigFailed>
    /** It takes connections and bytes, and does nothing. */
    readonly freeze: Effect.Effect<void, RigFailed>
    /** It goes on. */
    readonly thaw: Effect.Effect<void, RigFailed>
    /** SIGKILL. */
    readonly kill: Effect.Effect<void, RigFailed>
    /** Starts it again on the same ports, with the same AstDB. */
    readonly startAgain: Effect.Effect<void, RigFailed>
    /** Another secret for the AMI users. Connections stay. */
    readonly setSecret: (secret: string) => Effect.Effect<void, RigFailed>
  }
>()("@ctid/acceptance/Asterisk") {
  /** Starts with this layer and stops with it. `name` tells instances apart that run at the same time. */
  static readonly layer = (name: string): Layer.Layer<Asterisk, RigFailed> => Layer.effect(Asterisk, make(name))
}

/** The version moves with Debian: each file of tests says once which one it ran on. */
let announced = false

const make = Effect.fnUntraced(function* (file: string) {
  const name = `${process.env.CTID_ASTERISK_PREFIX ?? ""}${file}-${process.pid}`
  const named = ["--name", name]
  const start = (...options: ReadonlyArray<string>) =>
    Effect.map(rig("start", ...named, ...options), (line) => JSON.parse(line) as AsteriskInfo) // the rig's own format
  const info = yield* Effect.acquireRelease(start(), () => Effect.orDie(rig("remove", ...named)))
  let { secret } = info

  const console_ = (command: string) => rig("cli", ...named, command)
  const act = (action: Packet, isLast?: (packet: Packet) => boolean, seconds?: number) =>
    converse(info.port, { username: "operator", secret }, action, isLast, seconds)
  const settings = (yield* Effect.orDie(act({ Action: "CoreSettings" }))).at(-1)
  const version = settings?.AsteriskVersion ?? "unknown"
  if (!announced) console.log(`Asterisk ${version}, AMI ${settings?.AMIversion}`)
  announced = true

  const channels = Effect.map(console_("core show channels concise"), (text) =>
    text.split("\n").filter((line) => line.includes("!"))
  )
  const stored = Effect.map(console_("database show"), (text) => new Map(rows(text)))
  let calls = 0
  const originate = (headers: Packet, isLast?: (packet: Packet) => boolean) =>
    act({ Action: "Originate", Priority: "1", Async: "true", Timeout: "30000", ...headers }, isLast, 30)
  const fromOutside = (extension: string): Packet => ({
    ActionID: `call-${++calls}`,
    Channel: `Local/${extension}@${contextOf(extension)}/n`,
    Context: "outside",
    Exten: "caller",
    CallerID: "5551234"
  })

  return Asterisk.of({
    info,
    version,
    console: console_,
    act,
    channels,
    database: (family) =>
      Effect.map(console_(`database show ${family}`), (text) =>
        Object.fromEntries(rows(text).map(([key, value]) => [key.slice(family.length + 2), value]))
      ),
    // what Asterisk holds is read anew at each try: a device state may change meanwhile
    saved: eventually(
      "AstDB is written",
      Effect.map(stored, (now) => ({ now, disk: onDisk(info.database) })),
      ({ now, disk }) => [...now].every(([key, value]) => disk.get(key) === value) && disk.size === now.size,
      30
    ).pipe(Effect.asVoid),
    press: Effect.fnUntraced(function* (extension, digits, number = extension) {
      yield* originate(
        {
          ActionID: `press-${++calls}`,
          Channel: dialString[extension] ?? extension,
          Context: contextOf(extension),
          Exten: digits,
          CallerID: `<${number}>`
        },
        (packet) => packet.Event === "Hangup" && packet.Context === "ctid-set"
      )
    }),
    call: Effect.fnUntraced(function* (extension) {
      const call = fromOutside(extension)
      const packets = yield* originate(
        call,
        (packet) => packet.Event === "OriginateResponse" && packet.ActionID === call.ActionID
      )
      const answer = packets.at(-1)
      if (answer?.Response === "Success") return "answered"
      return answer?.Reason === "5" ? "busy" : "failed"
    }),
    ring: (extension) => Effect.asVoid(originate(fromOutside(extension))),
    phone: (extension, answers) => {
      const mode = { "at once": "answer", busy: "busy", never: "noanswer" }[answers]
      return Effect.asVoid(console_(`database put phone ${extension}/mode ${mode}`))
    },
    hangUp: Effect.gen(function* () {
      yield* console_("channel request hangup all")
      yield* eventually("all calls end", channels, (lines) => lines.length === 0)
    }),
    freeze: Effect.asVoid(rig("freeze", ...named)),
    thaw: Effect.asVoid(rig("thaw", ...named)),
    kill: Effect.asVoid(rig("kill", ...named)),
    startAgain: Effect.asVoid(start("--keep")),
    setSecret: (next) =>
      Effect.map(rig("secret", ...named, next), () => {
        secret = next
      })
  })
})

/** Lines `/family/key : value` of the console. */
const rows = (text: string): ReadonlyArray<readonly [key: string, value: string]> =>
  [...text.matchAll(/^(\/\S+)\s+: (.*?)\s*$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""])

/** What a reader of the file finds: what has been committed. */
const onDisk = (file: string): ReadonlyMap<string, string> => {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  try {
    return new Map(
      database
        .prepare("SELECT key, value FROM astdb")
        .all()
        .map((row) => [String(row.key), String(row.value).trimEnd()])
    )
  } finally {
    database.close()
  }
}
