/** Plays one vector to a server that has just been started for it: sessions, sends, the barrier, the judgement. */
import type { User } from "@ctid/core/directory/directory"
import type { SimulatedAsterisk } from "@ctid/simulator/asterisk/simulated_asterisk"
import {
  leave,
  memberships,
  prepareAsterisk,
  reportAgentsLogged,
  restoreServices,
  setAgentState,
  setAgentsLogged
} from "@ctid/testing/vectors/asterisk_setup"
import type { JsonObject } from "@ctid/testing/vectors/json"
import { type Complaint, isComplete, judge } from "@ctid/testing/vectors/judge"
import { ownServices } from "@ctid/testing/vectors/own_services"
import { Malformed } from "@ctid/testing/vectors/reader"
import type { BusRecord, MemberRecord, Recording } from "@ctid/testing/vectors/recording"
import { type RunState, runState } from "@ctid/testing/vectors/run_state"
import type { StoredState } from "@ctid/testing/vectors/stored_state"
import type { Vector } from "@ctid/testing/vectors/vector"
import type { Send } from "@ctid/testing/vectors/vector_send"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { amiEvent } from "./ami_event.ts"
import type { ServerPorts } from "./child_messages.ts"
import { freshConnections } from "./connection_names.ts"
import { CtiConnection, type Moment } from "./cti_connection.ts"
import { PortConnection } from "./port_connection.ts"
import { RecordedActions } from "./recorded_actions.ts"
import { RunFault } from "./run_fault.ts"
import type { ServerProcess } from "./server_process.ts"
import { signIn } from "./sign_in.ts"
import { StoredObjects } from "./stored_objects.ts"

/** The barrier has passed when so many rounds in a row brought nothing. */
const QUIET_ROUNDS = 2
/** A server that is not at rest after so many rounds never will be. */
const MOST_ROUNDS = 1_000
/** Milliseconds that what is expected may take beyond the barrier, on a machine that is busy with other things. */
const GRACE = 500
/** Milliseconds between two looks within the grace. */
const LOOK = 10
/** Milliseconds by which time is moved on at once, so that what happens meanwhile happens in order. */
const STEP = 250

export interface VectorWorld {
  readonly vector: Vector
  readonly stored: StoredState
  readonly state: RunState
  readonly asterisk: SimulatedAsterisk
  readonly server: ServerProcess
  readonly ports: ServerPorts
}

const run = <A>(effect: Effect.Effect<A>): A => Effect.runSync(effect) // all of the simulated Asterisk happens at once

const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class VectorRun {
  readonly #world: VectorWorld
  /** In the order in which they were opened; a user's first session comes first. */
  readonly #connections: Array<CtiConnection> = []
  /** Keep the presence of users who have no session of the vector's own. */
  readonly #hidden: Array<CtiConnection> = []
  readonly #sidePorts: Array<PortConnection> = []
  readonly #events: Array<BusRecord> = []
  readonly #actions: RecordedActions
  readonly #stored: StoredObjects
  #members: ReadonlyArray<MemberRecord> = []
  #moment: Moment = { after: 0, setup: true }
  #lastSender: string | null = null

  constructor(world: VectorWorld) {
    this.#world = world
    this.#actions = new RecordedActions(world.asterisk)
    this.#stored = new StoredObjects(world.stored)
  }

  /** Everything that is not as expected. */
  async play(): Promise<ReadonlyArray<Complaint>> {
    const { vector, state } = this.#world
    await this.#begin()
    for (const [index, send] of vector.send.entries()) {
      this.#moment = { after: index, setup: send._tag === "State" }
      await this.#perform(send)
      await this.#settle()
    }
    this.#moment = { after: vector.send.length, setup: false }
    await this.#wait(state.waitSeconds ?? 0)
    await this.#grace()
    return judge(vector.expect, this.#recording())
  }

  end(): void {
    for (const connection of [...this.#connections, ...this.#hidden, ...this.#sidePorts]) connection.destroy()
  }

  /** The state of `given`; whatever is said while it comes about is forgotten. */
  async #begin(): Promise<void> {
    const { vector, state, asterisk, stored, server } = this.#world
    const { data } = this.#stored
    const loggedIn = state.loggedIn ?? []
    const fresh = freshConnections(vector, loggedIn)
    await this.#settle()
    for (const id of loggedIn) await this.#session(id, state.presence?.get(id))
    for (const [id, presence] of state.presence ?? []) if (!loggedIn.includes(id)) await this.#presenceOf(id, presence)
    await this.#settle()
    // a first presence has actions, which may have changed what is given
    run(restoreServices(asterisk, data, stored))
    for (const { user, commands } of ownServices(stored))
      for (const command of commands) this.#find(`cti:${user}`)?.send(command)
    if (state.agentsLogged !== undefined) {
      run(setAgentsLogged(asterisk, data, state.agentsLogged))
      run(reportAgentsLogged(asterisk, data, state.agentsLogged))
    }
    if (state.agentState !== undefined) run(setAgentState(asterisk, data, state.agentState))
    await this.#settle()
    for (const connection of this.#connections) connection.forget()
    this.#actions.forget()
    this.#events.length = 0
    this.#members = memberships(asterisk, data)
    this.#moment = { after: 0, setup: false }
    if (state.sessionId !== undefined) await server.order({ _tag: "SessionId", id: state.sessionId })
    for (const name of fresh) await this.#open(name)
    await this.#settle()
  }

  async #open(name: string): Promise<CtiConnection> {
    const connection = await CtiConnection.open(name, this.#world.ports.cti, () => this.#moment)
    this.#connections.push(connection)
    return connection
  }

  #user(id: number): User {
    const user = this.#stored.data.users.find((one) => one.id === id)
    if (user === undefined) throw new Malformed(`there is no user ${id}`)
    return user
  }

  async #session(id: number, presence = "available"): Promise<void> {
    await this.#signIn(await this.#open(`cti:${id}`), id, presence)
  }

  async #signIn(connection: CtiConnection, id: number, presence: string): Promise<void> {
    const { login, password } = this.#user(id)
    await signIn(connection, this.#world.vector.version, { login, password: Redacted.value(password.value), presence })
  }

  /** Through a session of his, or one of which the vector does not know. */
  async #presenceOf(id: number, presence: string): Promise<void> {
    const own = this.#find(`cti:${id}`)
    if (own !== undefined) {
      own.send({ class: "availstate", availstate: presence })
      return
    }
    const hidden = await CtiConnection.open(`hidden:${id}`, this.#world.ports.cti, () => this.#moment)
    this.#hidden.push(hidden)
    await this.#signIn(hidden, id, presence)
  }

  #find(name: string): CtiConnection | undefined {
    return this.#connections.find((one) => one.name === name)
  }

  #connection(name: string): CtiConnection {
    const found = this.#find(name)
    if (found === undefined) throw new Malformed(`there is no connection ${name}`)
    return found
  }

  async #perform(send: Send): Promise<void> {
    switch (send._tag) {
      case "Bytes": {
        const connection = this.#connection(send.connection)
        this.#lastSender = send.connection
        connection.noticeSent(send.message)
        const middle = send.splitAt ?? 0
        connection.write(send.bytes.subarray(0, middle))
        // the pieces are to arrive one after the other
        if (middle > 0) await this.#world.server.order({ _tag: "Settle" })
        connection.write(send.bytes.subarray(middle))
        return
      }
      case "Close":
        return this.#connection(send.connection).close()
      case "AmiEvent": {
        const { asterisk } = this.#world
        const { privilege, event, headers, loggedOff } = amiEvent(send.headers)
        // who reports a logoff has taken the agent out of his queues
        if (loggedOff !== null) run(leave(asterisk, this.#stored.data, loggedOff))
        run(asterisk.emit(privilege, event, headers))
        return
      }
      case "State":
        return this.#setState(send.set)
      case "TlsHandshake":
        this.#lastSender = send.connection
        return this.#connection(send.connection).handshake()
      case "Database":
        this.#stored.change(send.change)
        return this.#store()
      case "Port": {
        const connection = await PortConnection.open(send.port, this.#world.ports[send.port], this.#moment.after)
        this.#sidePorts.push(connection)
        this.#lastSender = send.port
        return connection.say(send.text)
      }
      case "Function":
        throw new RunFault(`this runner cannot do \`${send._tag}\` yet`)
    }
  }

  /** The server is told what is stored; it reads it when it is asked to. */
  async #store(): Promise<void> {
    await this.#world.server.order({ _tag: "Store", stored: this.#stored.state })
  }

  /** State replaced in the middle of a vector. Stored objects are taken over at once, as those of `given` are. */
  async #setState(set: JsonObject): Promise<void> {
    const { asterisk, server } = this.#world
    if (this.#stored.replace(set)) {
      await this.#store()
      await server.order({ _tag: "Reload" })
      await this.#settle()
    }
    const { data } = this.#stored
    const state = runState(set)
    if (state.loggedIn !== undefined) await this.#sessions(state.loggedIn)
    for (const [id, presence] of state.presence ?? []) await this.#presenceOf(id, presence)
    await this.#settle()
    run(prepareAsterisk(asterisk, data, state))
    if (state.agentsLogged !== undefined) run(reportAgentsLogged(asterisk, data, state.agentsLogged))
    if (state.agentState !== undefined) run(setAgentState(asterisk, data, state.agentState))
    if (state.sessionId !== undefined) await server.order({ _tag: "SessionId", id: state.sessionId })
    await this.#settle()
    this.#members = memberships(asterisk, data)
    await this.#wait(state.waitSeconds ?? 0)
  }

  /** Exactly these sessions: missing ones sign in, others close. */
  async #sessions(wanted: ReadonlyArray<number>): Promise<void> {
    const missing = [...wanted]
    for (const connection of this.#connections.filter((one) => one.record.session)) {
      const at = missing.findIndex((id) => connection.name === `cti:${id}`)
      if (at >= 0) missing.splice(at, 1)
      else if (connection.name !== "cti:new") await connection.close()
    }
    for (const id of missing) await this.#session(id)
  }

  async #wait(seconds: number): Promise<void> {
    for (let left = seconds * 1000; left > 0; left -= STEP) {
      await this.#world.server.order({ _tag: "Advance", milliseconds: Math.min(left, STEP) })
      await this.#settle()
    }
  }

  /** What is expected has come, or has had its time; what is not expected has had the barrier's. */
  async #grace(): Promise<void> {
    const { vector } = this.#world
    const end = performance.now() + GRACE
    while (!isComplete(vector.expect, this.#recording()) && performance.now() < end) {
      await delay(LOOK)
      await this.#settle()
    }
  }

  /**
   * The barrier. A round: everything that has arrived is handled, a Ping goes to Asterisk and comes back behind all that was said
   * before it, every client gets an answer behind everything else for it. It is over when rounds bring nothing new.
   */
  async #settle(): Promise<void> {
    let quiet = 0
    for (let round = 0; quiet < QUIET_ROUNDS; round++) {
      if (round === MOST_ROUNDS) throw new RunFault("the server does not come to rest")
      const before = this.#activity()
      const { events } = await this.#world.server.order({ _tag: "Settle" })
      for (const event of events) this.#events.push({ ...event, ...this.#moment })
      const open = [...this.#connections, ...this.#hidden]
      await Promise.all(open.map((connection) => connection.barrier()))
      await turn()
      for (const { fault } of open) if (fault !== null) throw fault
      quiet = this.#activity() === before ? quiet + 1 : 0
    }
  }

  /** Changes whenever a client, a side port or Asterisk heard something. */
  #activity(): number {
    const heard = [...this.#connections, ...this.#hidden, ...this.#sidePorts].reduce((sum, one) => sum + one.activity, 0)
    return heard + this.#actions.at(this.#moment).length + this.#events.length
  }

  #recording(): Recording {
    return {
      connections: this.#connections.map((connection) => connection.record),
      ports: this.#sidePorts.map((connection) => connection.record),
      actions: this.#actions.at(this.#moment),
      events: this.#events,
      members: this.#members,
      agents: new Map(this.#stored.data.agents.map((agent) => [agent.number, agent.id])),
      lastSender: this.#lastSender
    }
  }
}
