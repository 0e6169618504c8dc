/** Drives one connection: bytes to lines to commands, the session machine's outputs, replies. Runs in the socket's callback. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { audited } from "../audit.ts"
import { serve } from "../commands/registry.ts"
import type { World } from "../commands/world.ts"
import type { ProtocolVersion } from "../config/settings.ts"
import type { CloseCause, Connection, ConnectionHandlers } from "../connection/connection.ts"
import type { StartTls } from "../connection/tls_identity.ts"
import type { User } from "../directory/directory.ts"
import { logText } from "../log_text.ts"
import { Outbox } from "../notify/outbox.ts"
import { type ContextName, contextOfUser } from "../parting/parting.ts"
import { type ClientCommand, decodeCommand } from "../protocol/client_command.ts"
import { type ByteBudget, LineDecoder } from "../protocol/line_decoder.ts"
import { encodeText, type ServerMessage, startTlsOffer, startTlsReply } from "../protocol/server_message.ts"
import type { ServerMetrics } from "../server_metrics.ts"
import type { CheckPassword } from "./check_password.ts"
import type { Client, Handled } from "./client.ts"
import { initialSession, type SessionInput, type SessionOutput, type SessionState, step } from "./session.ts"
import { WaitingLines } from "./waiting_lines.ts"

/** Effects of one client that may run at once; above it, reading waits. */
const MAX_IN_FLIGHT = 32
/** Lines of one client that are handled before others get a turn. */
const LINES_A_TURN = 128

/** What lines that are unfinished, or wait, may hold of the server's memory: of all clients together. */
export interface LineBudgets {
  readonly guests: ByteBudget
  readonly signedIn: ByteBudget
  readonly fax: ByteBudget
}

/** What a session needs of its server. */
export interface SessionHost {
  readonly world: World
  readonly metrics: ServerMetrics
  readonly budgets: LineBudgets
  /** Starts an effect that outlives the connection if need be, and tells its result, or that there is none: of an internal error. */
  readonly run: <A>(effect: Effect.Effect<A>, done: (result: A) => void, broken?: () => void) => Fiber.Fiber<unknown, unknown>
  readonly log: (level: "Debug" | "Info" | "Warn", message: string, data: Readonly<Record<string, unknown>>) => void
  /** Monotonic, in milliseconds. */
  readonly now: () => number
  readonly sessionId: Effect.Effect<string>
  readonly checkPassword: CheckPassword
  /** From here on it is known who he is. */
  readonly signedIn: (session: SessionDriver) => void
  readonly ended: (session: SessionDriver) => void
}

/** A signed-in client: what handlers and the notifier know of a session. */
class SignedIn implements Client {
  readonly connectionId: number
  readonly version: ProtocolVersion
  readonly outbox: Outbox
  wantsTerms = false
  readonly #world: World
  readonly #signedIn: User

  constructor(world: World, connectionId: number, user: User, version: ProtocolVersion, outbox: Outbox) {
    this.#world = world
    this.connectionId = connectionId
    this.#signedIn = user
    this.version = version
    this.outbox = outbox
  }

  get userId(): number {
    return this.#signedIn.id
  }

  /** As he is declared now; after a reload without him, as he was when he signed in. */
  get user(): User {
    return this.#world.directory.current().users.get(this.#signedIn.id) ?? this.#signedIn
  }

  context(): ContextName {
    const directory = this.#world.directory.current()
    return contextOfUser(directory, directory.users.get(this.#signedIn.id))
  }
}

export class SessionDriver implements ConnectionHandlers {
  readonly connection: Connection
  readonly #host: SessionHost
  readonly #decoder: LineDecoder
  readonly #outbox: Outbox
  /** Null: not offered, or answered already. */
  #offered: StartTls | null
  readonly #mustEncrypt: boolean
  #state: SessionState = initialSession
  #client: SignedIn | null = null
  readonly #lines: WaitingLines
  /** A session effect runs (session id, password): later lines wait. */
  #busy = false
  #inFlight = 0
  /** More replies wait for the client than he takes. */
  #slow = false
  /** What is left of his share, in lines and in characters of replies; once it is used up, he goes on in the next turn. */
  #linesLeft = LINES_A_TURN
  #repliesLeft: number
  #waitsForTurn = false
  #paused = false
  #ended = false
  /** `#work` is on the stack: what ends at once inside it goes on there. */
  #working = false
  #timer: Fiber.Fiber<unknown, unknown> | null = null
  #timeLeft: number
  #timerSince = 0

  /** `startTls`: what this connection is offered, if it is not encrypted from the start. */
  constructor(host: SessionHost, connection: Connection, startTls: StartTls | null) {
    const settings = host.world.settings.current()
    this.connection = connection
    this.#host = host
    this.#offered = connection.encrypted ? null : startTls
    this.#mustEncrypt = this.#offered?.required === true
    this.#repliesLeft = settings.limits.replyHighWater
    this.#decoder = new LineDecoder({ limit: settings.limits.lineBeforeLogin, budget: host.budgets.guests })
    this.#lines = new WaitingLines(host.budgets.guests)
    this.#outbox = new Outbox({
      connection,
      limit: settings.limits.outbox,
      onOverflow: () => {
        host.metrics.slowClient()
        host.log("Warn", "client does not read", this.#who())
      }
    })
    this.#timeLeft = settings.loginTimeout
    this.#startTimer()
    if (this.#offered === null) return
    this.#reply([startTlsOffer])
    this.#outbox.flush()
  }

  get client(): Client | null {
    return this.#client
  }

  get loggedIn(): boolean {
    return this.#state._tag === "LoggedIn"
  }

  readonly onBytes = (chunk: Uint8Array): void => {
    if (this.#ended) return
    this.#lines.add(this.#decoder.push(chunk))
    this.#work()
  }

  readonly onDrain = (): void => {
    this.#outbox.drained()
    this.#slow = false
    this.#work()
  }

  readonly onClose = (cause: CloseCause): void => {
    this.#end()
    const { world, log } = this.#host
    const { id } = this.connection
    if (this.#client !== null) world.notifier.leave(this.#client)
    if (this.#state._tag === "LoggedIn") {
      this.#host.run(world.presence.apply(this.#state.userId, { _tag: "LinkLost", session: id }), () => {})
    } else if (this.#state._tag === "Authenticated") {
      this.#host.run(world.presence.abandoned(this.#state.userId, id), () => {})
    }
    if (cause === "tls_failed") this.#host.metrics.fault(cause)
    const data = { ...this.#who(), cause }
    if (this.#client === null) log("Debug", "disconnected", data)
    else log("Info", "disconnected", audited("disconnected", data))
    this.#host.ended(this)
  }

  /** Says a last word and closes, after what is queued was written. */
  stop(message: ServerMessage): void {
    if (this.#ended) return
    if (this.#client !== null) this.#outbox.add(encodeText(message, this.#host.world.notifier.now()))
    this.#close()
  }

  /** Ends at once: there is room for others only. */
  drop(): void {
    this.#host.log("Info", "dropped before login, to make room", this.#who())
    this.connection.destroy()
  }

  /** Closes, after what is queued was written. */
  close(): void {
    if (!this.#ended) this.#close()
  }

  #close(): void {
    this.#outbox.flush()
    this.#end()
    this.connection.close()
  }

  #end(): void {
    this.#ended = true
    this.#lines.clear()
    this.#stopTimer()
    this.#decoder.close()
    this.#outbox.close()
  }

  /** Handles the lines there are, as far as they may be handled now. */
  #work(): void {
    if (this.#working) return
    this.#working = true
    const lines = this.#lines
    while (lines.some && this.#mayGoOn && this.#linesLeft > 0 && this.#repliesLeft > 0) {
      this.#linesLeft--
      this.#line(lines.take())
    }
    this.#working = false
    if (this.#ended) return
    const { overflow } = this.#decoder
    if (overflow !== null && !lines.some) return this.#fault(overflow)
    if (!lines.hold()) return this.#fault("no_room_for_lines")
    this.#outbox.flush()
    if (this.#outbox.full && this.#outbox.pending() > this.#host.world.settings.current().limits.replyHighWater)
      this.#slow = true
    if (lines.some && this.#mayGoOn && !this.#waitsForTurn) this.#goOnNextTurn()
    const pause = this.#slow || this.#busy || lines.some || this.#inFlight >= MAX_IN_FLIGHT
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) this.connection.pause()
    else this.connection.resume()
  }

  get #mayGoOn(): boolean {
    return !this.#ended && !this.#busy && !this.#slow && this.#inFlight < MAX_IN_FLIGHT
  }

  #goOnNextTurn(): void {
    this.#waitsForTurn = true
    this.#host.run(Effect.yieldNow, () => {
      this.#waitsForTurn = false
      this.#linesLeft = LINES_A_TURN
      this.#repliesLeft = this.#host.world.settings.current().limits.replyHighWater
      this.#work()
    })
  }

  /** Input that no client sends: this connection is closed and counted (reference 1.5). */
  #fault(reason: string): void {
    this.#host.metrics.fault(reason)
    this.#host.log("Info", "closed for bad input", { ...this.#who(), reason })
    this.#close()
  }

  #ignored(reason: string): void {
    this.#host.metrics.ignored()
    this.#host.log("Debug", "ignored", { ...this.#who(), reason: logText(reason) })
  }

  #line(line: string): void {
    const command = decodeCommand(line)
    switch (command._tag) {
      case "NotJson":
        return this.#fault("not_json")
      case "NotACommand":
        return this.#fault("not_a_command")
      case "UnknownClass":
        return this.#ignored(`unknown class ${command.class}`)
      case "BadFields":
        return this.#ignored(`${command.class} with missing or wrong fields`)
      case "StartTls":
        return this.#startTls(command.wanted)
      case "LoginId":
        return this.#session(this.#host.sessionId, (sessionId) => ({ _tag: "Command", command, sessionId }))
      case "LoginPass":
      case "LoginCapas":
      case "Logout":
        return this.#step({ _tag: "Command", command, sessionId: "" })
      default:
        if (this.#client === null || this.#state._tag === "LoggedOut") return this.#ignored(`${command._tag} before login`)
        return this.#handled(command._tag, serve(this.#host.world, this.#client, command))
    }
  }

  /** Only the first answer to an offer counts, and only before anybody has signed in (reference 2.2). */
  #startTls(wanted: boolean): void {
    const offered = this.#offered
    if (offered === null || this.#client !== null) return this.#ignored("starttls, which was not offered or is answered")
    this.#offered = null
    // Bytes that came behind it in clear would be taken for something said inside TLS.
    if (wanted && (this.#lines.some || this.#decoder.pending > 0)) return this.#fault("bytes_before_tls")
    this.#reply([startTlsReply(wanted)])
    if (!wanted) return
    this.#outbox.flush()
    this.connection.upgradeToTls(offered.tls)
    // what was said in clear may have been somebody else's word
    this.#state = initialSession
  }

  #handled(name: ClientCommand["_tag"], handled: Handled): void {
    if (Effect.isEffect(handled)) {
      this.#inFlight++
      this.#host.run(
        handled,
        (replies) => {
          this.#inFlight--
          this.#reply(replies)
          this.#work()
        },
        this.#broken
      )
    } else if ("_tag" in handled) this.#ignored(`${name}: ${handled.reason}`)
    else this.#reply(handled)
  }

  #reply(messages: ReadonlyArray<ServerMessage>): void {
    for (const message of messages) {
      const line = encodeText(message, this.#host.world.notifier.now())
      this.#repliesLeft -= line.length
      this.#outbox.add(line)
    }
  }

  /** An effect of the session itself: later lines wait for it. */
  #session<A>(effect: Effect.Effect<A>, input: (result: A) => SessionInput): void {
    this.#busy = true
    this.#host.run(
      effect,
      (result) => {
        this.#busy = false
        if (this.#ended) return
        this.#step(input(result))
        this.#work()
      },
      this.#broken
    )
  }

  /** What a client waits for does not come: he may begin again. */
  readonly #broken = (): void => this.connection.destroy()

  #step(input: SessionInput): void {
    const { world } = this.#host
    const { state, outputs } = step(
      {
        settings: world.settings.current(),
        directory: world.directory.current(),
        mayLogIn: this.connection.encrypted || !this.#mustEncrypt
      },
      this.#state,
      input
    )
    this.#state = state
    for (const output of outputs) this.#do(output)
  }

  #do(output: SessionOutput): void {
    const host = this.#host
    switch (output._tag) {
      case "Reply":
        return this.#reply([output.message])
      case "Verify":
        // neither a queue of passwords to check nor a delay for guessing counts as the client's own
        this.#stopTimer()
        return this.#session(host.checkPassword(output.verification, this.connection.peer.address), (result) => {
          this.#startTimer()
          return { _tag: "Verified", result }
        })
      case "Authenticated":
        return this.#authenticated(output.user)
      case "LoggedIn":
        this.#stopTimer()
        host.metrics.login()
        if (output.wantsTerms && this.#client !== null) {
          this.#client.wantsTerms = true
          host.world.notifier.join(this.#client)
        }
        host.log("Info", "login", audited("login", this.#who()))
        host.run(
          host.world.presence.apply(output.user.id, {
            _tag: "LoggedIn",
            session: this.connection.id,
            presence: output.presence
          }),
          () => {}
        )
        if (output.agentPhone !== null && this.#client !== null) {
          this.#handled(
            "AgentLogin",
            serve(host.world, this.#client, { _tag: "AgentLogin", agent: null, extension: output.agentPhone })
          )
        }
        return
      case "LoggedOut": {
        host.log("Info", "logout", audited("logout", this.#who()))
        const event = { _tag: "LoggedOut", session: this.connection.id } as const
        host.run(host.world.presence.apply(output.userId, event), () => {})
        return
      }
      case "LoginRefused":
        host.metrics.loginRefused()
        return host.log(
          "Info",
          "login refused",
          audited("login_refused", { ...this.#who(), login: logText(output.login), reason: logText(output.reason) })
        )
      case "Close":
        return this.#close()
      case "Ignored":
        return this.#ignored(output.reason)
    }
  }

  #authenticated(user: User): void {
    if (this.#state._tag !== "Authenticated") return
    const { world, budgets } = this.#host
    const { limits } = world.settings.current()
    this.#decoder.change({
      limit: limits.lineAfterLogin,
      budget: budgets.signedIn,
      fax: { limit: limits.faxLine, budget: budgets.fax }
    })
    this.#lines.change(budgets.signedIn)
    this.#host.signedIn(this)
    this.#client = new SignedIn(world, this.connection.id, user, this.#state.version, this.#outbox)
    world.notifier.join(this.#client)
  }

  #startTimer(): void {
    if (this.#state._tag === "LoggedIn" || this.#state._tag === "LoggedOut" || this.#ended) return
    this.#timerSince = this.#host.now()
    this.#timer = this.#host.run(Effect.sleep(Duration.millis(this.#timeLeft)), () => {
      this.#timer = null
      if (this.#ended) return
      this.#host.log("Info", "login timeout", this.#who())
      this.#close()
    })
  }

  #stopTimer(): void {
    if (this.#timer === null) return
    this.#timeLeft = Math.max(0, this.#timeLeft - (this.#host.now() - this.#timerSince))
    this.#timer.interruptUnsafe()
    this.#timer = null
  }

  #who(): Readonly<Record<string, unknown>> {
    const { peer, id } = this.connection
    const from = { connection: id, peer: `${peer.address}:${peer.port}`, encrypted: this.connection.encrypted }
    return this.#client === null ? from : { ...from, user: this.#client.user.login, version: this.#client.version }
  }
}
