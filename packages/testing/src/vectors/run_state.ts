/** The run-time state that `given` (and a `state` step) sets up: who is logged in, what Asterisk reports, what it answers. */
import type { NonAcdCall } from "@ctid/core/telephony/telephony"
import { isObject, type Json, type JsonObject } from "./json.ts"
import { arrayAt, idAt, Malformed, numberAt, objectAt, onlyKeys, orNull, textAt } from "./reader.ts"

/** An agent who is a member of his queues. */
export interface LoggedAgent {
  readonly extension: string
  readonly context: string
  readonly interface: string
  /** Null: the device of the line with that extension. */
  readonly stateInterface: string | null
}

export interface AgentActivity {
  readonly onAcdCall: boolean
  readonly onWrapUp: boolean
  /** In all his queues. */
  readonly paused: boolean
  readonly nonAcdCall: NonAcdCall | null
}

/** How Asterisk takes an agent's next login (reference 3.4). */
export type AgentLoginResult = "ok" | "already_in_use" | "no_such_extension" | "already_logged"

/** What a step of state sets; an absent key is left as it is. */
export interface RunState {
  /** User ids, one for each session. */
  readonly loggedIn?: ReadonlyArray<number>
  readonly presence?: ReadonlyMap<number, string>
  readonly agentsLogged?: ReadonlyMap<number, LoggedAgent>
  readonly agentState?: ReadonlyMap<number, AgentActivity>
  readonly agentLoginResult?: AgentLoginResult
  /** Action name, lower case -> headers of its response. */
  readonly amiReply?: ReadonlyMap<string, ReadonlyArray<readonly [name: string, value: string]>>
  /** The next session id that is drawn. */
  readonly sessionId?: string
  /** Seconds after the last send. */
  readonly waitSeconds?: number
}

/** Run-time state which some piece of later work reads. */
const LATER = [
  "current_calls",
  "channels",
  "queue_stats_subscribers",
  "meetme_subscribers",
  "call_log",
  "queue_history",
  "directory",
  "variables"
]

const READ = [
  "logged_in",
  "presence",
  "agents_logged",
  "agent_state",
  "agent_login_result",
  "ami_reply",
  "session_id",
  "wait_seconds"
]

/** Not an object of the store. */
export const isRunState = (key: string): boolean => READ.includes(key) || LATER.includes(key)

const byId = <A>(value: Json | undefined, place: string, read: (value: Json, place: string) => A): ReadonlyMap<number, A> =>
  new Map(
    Object.entries(objectAt(value, place)).map(([id, item]) => [idAt(id, `a key of ${place}`), read(item, `${place}.${id}`)])
  )

const loggedAgent = (json: Json, place: string): LoggedAgent => {
  const object = objectAt(json, place)
  onlyKeys(object, ["extension", "context", "interface", "state_interface"], place)
  const extension = textAt(object.extension, `${place}.extension`)
  const context = textAt(object.context, `${place}.context`)
  return {
    extension,
    context,
    interface: orNull(textAt, object.interface, `${place}.interface`) ?? `Local/${extension}@${context}`,
    stateInterface: orNull(textAt, object.state_interface, `${place}.state_interface`)
  }
}

/** `[direction, is internal]`, as in an agent's status (reference 3.2). */
const nonAcdCall = (json: Json | undefined, place: string): NonAcdCall => {
  const [direction, internal] = arrayAt(json, place)
  if (direction !== "incoming" && direction !== "outgoing") throw new Malformed(`${place}[0] must be incoming or outgoing`)
  return { direction, internal: internal === true }
}

const agentActivity = (json: Json, place: string): AgentActivity => {
  const object = objectAt(json, place)
  onlyKeys(object, ["on_call_acd", "on_wrapup", "paused", "nonacd_call_status"], place)
  return {
    onAcdCall: object.on_call_acd === true,
    onWrapUp: object.on_wrapup === true,
    paused: object.paused === true,
    nonAcdCall: orNull(nonAcdCall, object.nonacd_call_status, `${place}.nonacd_call_status`)
  }
}

const LOGIN_RESULTS: ReadonlyArray<AgentLoginResult> = ["ok", "already_in_use", "no_such_extension", "already_logged"]

const loginResult = (json: Json | undefined, place: string): AgentLoginResult => {
  const found = LOGIN_RESULTS.find((result) => result === json)
  if (found === undefined) throw new Malformed(`${place} must be one of ${LOGIN_RESULTS.join(", ")}`)
  return found
}

const reply = (json: Json, place: string): ReadonlyArray<readonly [string, string]> =>
  Object.entries(objectAt(json, place)).map(([name, value]) => [name, isObject(value) ? "" : String(value)] as const)

/** Reads the run-time keys of `given` or of a `state` step; other keys are not its business. Throws `Malformed`. */
export const runState = (json: JsonObject): RunState => ({
  ...(json.logged_in === undefined
    ? {}
    : { loggedIn: arrayAt(json.logged_in, "logged_in").map((id) => idAt(id, "an id of logged_in")) }),
  ...(json.presence === undefined ? {} : { presence: byId(json.presence, "presence", textAt) }),
  ...(json.agents_logged === undefined ? {} : { agentsLogged: byId(json.agents_logged, "agents_logged", loggedAgent) }),
  ...(json.agent_state === undefined ? {} : { agentState: byId(json.agent_state, "agent_state", agentActivity) }),
  ...(json.agent_login_result === undefined
    ? {}
    : { agentLoginResult: loginResult(json.agent_login_result, "agent_login_result") }),
  ...(json.ami_reply === undefined
    ? {}
    : {
        amiReply: new Map(
          Object.entries(objectAt(json.ami_reply, "ami_reply")).map(([action, answer]) => [
            action.toLowerCase(),
            reply(answer, `ami_reply.${action}`)
          ])
        )
      }),
  ...(json.session_id === undefined ? {} : { sessionId: textAt(json.session_id, "session_id") }),
  ...(json.wait_seconds === undefined ? {} : { waitSeconds: numberAt(json.wait_seconds, "wait_seconds") })
})
