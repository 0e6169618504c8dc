/** One connection to the simulated manager port: login, rights, event mask, filters, actions. */
import { type ActionSpec, failure, type Reply, success } from "./action.ts"
import { type ActionRequest, encodePacket, type Headers, makeActionReader } from "./ami_packet.ts"
import { type EventFilter, parseEventFilter, passes } from "./event_filter.ts"
import { md5Hex } from "./md5.ts"
import { describePrivileges, type Privilege, parsePrivileges } from "./privilege.ts"

/** An account of manager.conf. */
export interface ManagerUser {
  readonly username: string
  readonly secret: string
  /** `all`, or classes such as `call,agent,user`. */
  readonly read: string
  readonly write: string
}

/** What to do with an action instead of running it: answer with these headers (the first is `Response`), or not at all. */
export type CannedAnswer = Headers | "silence"

export interface ManagerSessionOptions {
  readonly users: () => ReadonlyArray<ManagerUser>
  readonly actions: ReadonlyMap<string, ActionSpec>
  readonly hasModule: (module: string) => boolean
  /** What follows a login: FullyBooted, or null while Asterisk still starts. */
  readonly booted: () => Headers | null
  readonly challenge: () => string
  readonly canned: (action: string) => CannedAnswer | undefined
  readonly record: (request: ActionRequest) => void
  /** Runs an action so that the events it causes come after its response. */
  readonly hold: (action: () => Reply) => { readonly reply: Reply; readonly release: () => void }
  readonly send: (text: string) => void
  readonly close: () => void
}

export interface ManagerSession {
  readonly push: (bytes: Uint8Array) => void
  /** An event, when this session may and wants to see it. */
  readonly event: (privilege: Privilege, name: string, headers: Headers) => void
  readonly isLoggedIn: () => boolean
}

export const makeManagerSession = (options: ManagerSessionOptions): ManagerSession => {
  let user: ManagerUser | null = null
  let readable: ReadonlySet<Privilege> = new Set()
  let writable: ReadonlySet<Privilege> = new Set()
  let mask: ReadonlySet<Privilege> = new Set()
  let challenge = ""
  let closed = false
  const filters: Array<EventFilter> = []

  const close = (): void => {
    closed = true
    options.close()
  }

  const send = (request: ActionRequest, reply: Reply): void => {
    const id = request.get("ActionID")
    const idHeader: Headers = id === "" ? [] : [["ActionID", id]]
    options.send(encodePacket([["Response", reply.response], ...idHeader, ...reply.headers]))
    const { list } = reply
    if (list === undefined) return
    for (const item of list.items) {
      const headers = list.idLast ? [...item.headers, ...idHeader] : [...idHeader, ...item.headers]
      options.send(encodePacket([["Event", item.event], ...headers]))
    }
    options.send(
      encodePacket([["Event", list.complete], ...idHeader, ["EventList", "Complete"], ["ListItems", String(list.items.length)]])
    )
  }

  const event: ManagerSession["event"] = (privilege, name, headers) => {
    if (user === null || !readable.has(privilege) || !mask.has(privilege)) return
    const all: Headers = [["Event", name], ["Privilege", `${privilege},all`], ...headers]
    const packet = encodePacket(all)
    if (passes(filters, name, packet, all)) options.send(packet)
  }

  const setMask = (text: string): void => {
    mask = parsePrivileges(text)
  }

  const login = (request: ActionRequest): void => {
    const account = options.users().find((one) => one.username === request.get("Username"))
    const wanted =
      account === undefined
        ? null
        : request.get("AuthType").toUpperCase() === "MD5"
          ? challenge !== "" && request.get("Key") === md5Hex(challenge + account.secret)
          : request.get("Secret") === account.secret
    if (account === undefined || wanted !== true) {
      send(request, failure("Authentication failed"))
      close()
      return
    }
    user = account
    readable = parsePrivileges(account.read)
    writable = parsePrivileges(account.write)
    setMask(request.get("Events") || "on")
    send(request, success("Authentication accepted"))
    const booted = options.booted()
    if (booted !== null) event("system", "FullyBooted", booted)
  }

  const events = (request: ActionRequest): Reply => {
    const text = request.get("EventMask")
    if (text === "") return failure("Invalid event mask")
    setMask(text)
    return { response: "Success", headers: [["Events", mask.size === 0 ? "Off" : "On"]] }
  }

  const filter = (request: ActionRequest): Reply => {
    if (request.get("Operation").toLowerCase() !== "add") return failure("Unknown operation")
    const parsed = parseEventFilter(request.get("Filter"), request.get("MatchCriteria"))
    if (parsed === null) return failure("Filter did not compile.  Check the syntax of the filter given.")
    filters.push(parsed)
    return success("Success")
  }

  const listCommands = (): Reply => {
    const known = [...options.actions.values(), ...own]
      .filter((action) => isThere(action) && mayUse(action))
      .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    return {
      response: "Success",
      headers: known.map((action) => [action.name, `${action.synopsis}  ${describePrivileges(action.privileges)}`] as const)
    }
  }

  /** Those that change the session itself; Login, Challenge and Logoff are taken before anybody is logged in. */
  const own: ReadonlyArray<ActionSpec> = [
    {
      name: "Challenge",
      privileges: [],
      synopsis: "Generate Challenge for MD5 Auth.",
      handle: () => failure("Permission denied")
    },
    { name: "Events", privileges: [], synopsis: "Control Event Flow.", handle: events },
    {
      name: "Filter",
      privileges: ["system"],
      synopsis: "Dynamically add filters for the current manager session.",
      handle: filter
    },
    { name: "ListCommands", privileges: [], synopsis: "List available manager commands.", handle: listCommands },
    { name: "Login", privileges: [], synopsis: "Login Manager.", handle: () => failure("Already logged in") },
    { name: "Logoff", privileges: [], synopsis: "Logoff Manager.", handle: () => success("Thanks for all the fish.") }
  ]

  const isThere = (action: ActionSpec): boolean => action.module === undefined || options.hasModule(action.module)
  const mayUse = (action: ActionSpec): boolean =>
    action.privileges.length === 0 || action.privileges.some((privilege) => writable.has(privilege))

  const dispatch = (request: ActionRequest, name: string): void => {
    const found = own.find((one) => one.name.toLowerCase() === name) ?? options.actions.get(name)
    if (found === undefined || !isThere(found)) {
      const message = `Invalid/unknown command: ${request.get("Action")}. Use Action: ListCommands to show available commands.`
      send(request, failure(message))
      return
    }
    if (!mayUse(found)) {
      send(request, failure("Permission denied"))
      return
    }
    const { reply, release } = options.hold(() => found.handle(request))
    send(request, reply)
    release()
  }

  const onAction = (request: ActionRequest): void => {
    if (closed) return
    if (request.defect === "line_too_long") {
      options.send(
        encodePacket([
          ["Response", "Error"],
          ["Message", "Failed to parse message: line too long"]
        ])
      )
      return
    }
    if (request.defect === "too_many_lines") {
      send(request, failure("Too many lines in message or allocation failure"))
      return
    }
    options.record(request)
    const name = request.get("Action").toLowerCase()
    const canned = options.canned(name)
    if (canned === "silence") return
    if (canned !== undefined) {
      const [[, response = "Error"] = [], ...rest] = canned
      send(request, { response: response === "Success" || response === "Goodbye" ? response : "Error", headers: rest })
      return
    }
    if (name === "") {
      send(request, failure("Missing action in request"))
      return
    }
    if (name === "logoff") {
      send(request, { response: "Goodbye", headers: [["Message", "Thanks for all the fish."]] })
      close()
      return
    }
    if (user !== null) {
      dispatch(request, name)
      return
    }
    if (name === "login") login(request)
    else if (name === "challenge") {
      if (request.get("AuthType").toUpperCase() !== "MD5") {
        send(request, failure("Must specify AuthType"))
        return
      }
      challenge = options.challenge()
      send(request, { response: "Success", headers: [["Challenge", challenge]] })
    } else send(request, failure("Permission denied"))
  }

  const reader = makeActionReader(onAction)
  return {
    push: (bytes) => {
      if (!closed) reader.push(bytes)
    },
    event,
    isLoggedIn: () => user !== null
  }
}
