/** `Action: Command`: the few commands of the console that are known here. */
import type { ActionSpec, Reply } from "./action.ts"
import { parseDeviceState, statusText } from "./device_state.ts"
import type { Pbx } from "./pbx.ts"
import type { QueueMemberState } from "./queue_member.ts"
import type { QueueState } from "./queues.ts"

const MEMBER_STATUS: Readonly<Record<QueueMemberState["status"], string>> = {
  UNKNOWN: "Unknown",
  NOT_INUSE: "Not in use",
  INUSE: "In use",
  BUSY: "Busy",
  INVALID: "Invalid",
  UNAVAILABLE: "Unavailable",
  RINGING: "Ringing",
  RINGINUSE: "Ring+Inuse",
  ONHOLD: "On Hold"
}

const showMember = (member: QueueMemberState, ringInUse: boolean, now: number): string => {
  const shown = member.name === member.interface ? member.name : `${member.name} (${member.interface}`
  const from = member.stateInterface === member.interface ? "" : ` from ${member.stateInterface}`
  const close = member.name === member.interface ? "" : ")"
  const calls = member.callsTaken === 0 ? "has taken no calls yet" : `has taken ${member.callsTaken} calls`
  const reason = member.pausedReason === "" ? "" : `:${member.pausedReason}`
  const flags = [
    member.penalty === 0 ? "" : ` with penalty ${member.penalty}`,
    ringInUse ? "" : " (ringinuse disabled)",
    member.membership === "dynamic" ? " (dynamic)" : "",
    member.inCall ? " (in call)" : "",
    member.paused ? ` (paused${reason} was ${now - member.lastPause} secs ago)` : "",
    ` (${MEMBER_STATUS[member.status]})`
  ]
  return `      ${shown}${from}${close}${flags.join("")} ${calls} (login was ${now - member.loginTime} secs ago)`
}

const showQueue = (queue: QueueState, now: number): ReadonlyArray<string> => {
  const max = queue.spec.max === 0 ? "unlimited" : String(queue.spec.max)
  const members = [...queue.members.values()]
  return [
    `${queue.spec.name} has ${queue.callers.length} calls (max ${max}) in '${queue.spec.strategy}' strategy (0s holdtime, 0s talktime), W:${queue.spec.weight}, C:${queue.completed}, A:${queue.abandoned}, SL:0.0%, SL2:0.0% within ${queue.spec.serviceLevel}s`,
    ...(members.length === 0
      ? ["   No Members"]
      : ["   Members: ", ...members.map((member) => showMember(member, queue.spec.ringInUse, now))]),
    ...(queue.callers.length === 0
      ? ["   No Callers"]
      : ["   Callers: ", ...queue.callers.map((caller, index) => `      ${index + 1}. ${caller.channel}`)]),
    ""
  ]
}

export const commandAction = (pbx: Pbx): ActionSpec => {
  const output = (lines: ReadonlyArray<string>, response: Reply["response"] = "Success"): Reply => ({
    response,
    headers: [["Message", "Command output follows"], ...lines.map((line) => ["Output", line] as const)]
  })

  const showHints = (): ReadonlyArray<string> => {
    const hints = pbx.hints.list()
    return [
      "",
      "    -= Registered Asterisk Dial Plan Hints =-",
      ...hints.map((hint) => {
        const name = `${hint.exten}@${hint.context}`.padEnd(30)
        const state = `State:${statusText(hint.status)}`.padEnd(22)
        return `${name}: ${hint.hint.padEnd(60)}  ${state}Presence:not_set         Watchers  0`
      }),
      "----------------",
      `- ${hints.length} hints registered`
    ]
  }

  const run = (command: string): Reply => {
    const words = command.trim().split(/\s+/)
    const [first = "", second = "", third = "", fourth = ""] = words
    switch (`${first} ${second}`.trim()) {
      case "core show":
        if (third === "version") return output([`Asterisk ${pbx.version} built by simulator @ memory`])
        if (third === "hints") return output(showHints())
        break
      case "devstate change": {
        const state = parseDeviceState(fourth)
        if (!third.startsWith("Custom:") || state === null || !pbx.hasModule("func_devstate")) break
        pbx.devices.set(third, state)
        return output([`Changing ${third.slice("Custom:".length)} to ${state}`])
      }
      case "queue show": {
        if (!pbx.hasModule("app_queue")) break
        const queues = pbx.queues.list().filter((queue) => third === "" || queue.spec.name === third)
        return output(queues.length === 0 ? ["No queues."] : queues.flatMap((queue) => showQueue(queue, pbx.now())))
      }
      case "database show": {
        const found = pbx.database.tree(third, fourth)
        const lines = found.map(([path, value]) => `${path.padEnd(50)}: ${value.padEnd(25)}`)
        return output([...lines, `${found.length} results found.`])
      }
    }
    const shown = words.slice(0, 2).join(" ")
    return output([`No such command '${command}' (type 'core show help ${shown}' for other possible commands)`], "Error")
  }

  return {
    name: "Command",
    privileges: ["command"],
    synopsis: "Execute Asterisk CLI Command.",
    handle: (request) => run(request.get("Command"))
  }
}
