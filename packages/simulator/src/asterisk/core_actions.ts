/** Actions of the core: life sign, status, settings, user events. */
import { type ActionSpec, failure, type Reply, success } from "./action.ts"
import type { ActionRequest } from "./ami_packet.ts"
import type { Pbx } from "./pbx.ts"

/** Seconds since the epoch as date and time of day, in UTC. */
const dateAndTime = (seconds: number): readonly [date: string, time: string] => {
  const [date = "", time = ""] = new Date(seconds * 1000).toISOString().split("T")
  return [date, time.slice(0, 8)]
}

/** `nowMicros`: microseconds since the epoch, for the time stamp of `Ping`. */
export const coreActions = (pbx: Pbx, nowMicros: () => number): ReadonlyArray<ActionSpec> => {
  const ping = (): Reply => {
    const micros = nowMicros()
    return {
      response: "Success",
      headers: [
        ["Ping", "Pong"],
        ["Timestamp", `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`]
      ]
    }
  }

  const status = (): Reply => {
    const [date, time] = dateAndTime(pbx.startedAt())
    return {
      response: "Success",
      headers: [
        ["CoreStartupDate", date],
        ["CoreStartupTime", time],
        ["CoreReloadDate", date],
        ["CoreReloadTime", time],
        ["CoreCurrentCalls", String(pbx.channels.list().length)],
        ["CoreProcessedCalls", String(pbx.channels.created())]
      ]
    }
  }

  const settings = (): Reply => ({
    response: "Success",
    headers: [
      ["AMIversion", "11.0.0"],
      ["AsteriskVersion", pbx.version],
      ["SystemName", ""],
      ["CoreMaxCalls", "0"],
      ["CoreMaxLoadAvg", "0.000000"],
      ["CoreRunUser", ""],
      ["CoreRunGroup", ""],
      ["CoreMaxFilehandles", "8192"],
      ["CoreRealTimeEnabled", "No"],
      ["CoreCDRenabled", "Yes"],
      ["CoreHTTPenabled", "No"],
      ["SoundsSearchCustomDir", "No"]
    ]
  })

  const moduleCheck = (request: ActionRequest): Reply =>
    pbx.hasModule(request.get("Module")) ? { response: "Success", headers: [["Version", ""]] } : failure("Module not loaded")

  const userEvent = (request: ActionRequest): Reply => {
    const name = request.get("UserEvent")
    const rest = request.headers.filter(([header]) => !/^(action|userevent)$/i.test(header))
    pbx.publish("user", "UserEvent", [["UserEvent", name], ...rest])
    return success("Event Sent")
  }

  return [
    {
      name: "CoreSettings",
      privileges: ["system", "reporting"],
      synopsis: "Show PBX core settings (version etc).",
      handle: settings
    },
    { name: "CoreStatus", privileges: ["system", "reporting"], synopsis: "Show PBX core status variables.", handle: status },
    { name: "ModuleCheck", privileges: ["system"], synopsis: "Check if module is loaded.", handle: moduleCheck },
    { name: "Ping", privileges: [], synopsis: "Keepalive command.", handle: ping },
    { name: "UserEvent", privileges: ["user"], synopsis: "Send an arbitrary event.", handle: userEvent }
  ]
}
