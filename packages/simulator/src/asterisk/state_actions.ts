/** Actions on states: extensions, devices, presence, voicemail, variables. */
import { type ActionSpec, failure, listing, type Reply, success } from "./action.ts"
import type { ActionRequest } from "./ami_packet.ts"
import { parseDeviceState } from "./device_state.ts"
import type { Pbx } from "./pbx.ts"

export const stateActions = (pbx: Pbx): ReadonlyArray<ActionSpec> => {
  const extensionState = (request: ActionRequest): Reply => {
    const exten = request.get("Exten")
    if (exten === "") return failure("Extension not specified")
    const context = request.get("Context") || "default"
    return { response: "Success", headers: [["Message", "Extension Status"], ...pbx.hints.headers(exten, context)] }
  }

  const extensionStateList = (): Reply => {
    const items = pbx.hints
      .list()
      .map((hint) => ({ event: "ExtensionStatus", headers: pbx.hints.headers(hint.exten, hint.context) }))
    return listing("Extension Statuses will follow", { items, complete: "ExtensionStateListComplete", idLast: false })
  }

  const deviceStateList = (): Reply => {
    const items = pbx.devices.list().map(([device, state]) => ({
      event: "DeviceStateChange",
      headers: [
        ["Device", device],
        ["State", state]
      ] as const
    }))
    return listing("Device State Changes will follow", { items, complete: "DeviceStateListComplete", idLast: false })
  }

  const presenceStateList = (): Reply => {
    const items = pbx.presences.list().map((headers) => ({ event: "PresenceStateChange", headers }))
    return listing("Presence State Changes will follow", { items, complete: "PresenceStateListComplete", idLast: false })
  }

  const voicemailUsersList = (): Reply => {
    const items = pbx.mailboxes.list().map((headers) => ({ event: "VoicemailUserEntry", headers }))
    if (items.length === 0) return success("There are no voicemail users currently defined.")
    return listing("Voicemail user list will follow", { items, complete: "VoicemailUserEntryComplete", idLast: false })
  }

  const setVariable = (variable: string, value: string): boolean => {
    const call = /^([A-Z_]+)\((.*)\)$/.exec(variable)
    const [, name, argument = ""] = call ?? []
    if (name === "DEVICE_STATE") {
      const state = parseDeviceState(value)
      if (!argument.startsWith("Custom:") || state === null || !pbx.hasModule("func_devstate")) return false
      pbx.devices.set(argument, state)
      return true
    }
    if (name === "PRESENCE_STATE") return pbx.hasModule("func_presencestate") && pbx.presences.set(argument, value)
    if (call !== null) return false
    pbx.variables.set(variable, value)
    return true
  }

  const setvar = (request: ActionRequest): Reply => {
    const variable = request.get("Variable")
    if (variable === "") return failure("No variable specified")
    const channel = request.get("Channel")
    if (channel !== "" && pbx.channels.find(channel) === undefined) return failure("No such channel")
    return setVariable(variable, request.get("Value")) ? success("Variable Set") : failure("Variable not set")
  }

  return [
    {
      name: "DeviceStateList",
      privileges: ["call", "reporting"],
      synopsis: "List the current known device states.",
      module: "res_manager_devicestate",
      handle: deviceStateList
    },
    { name: "ExtensionState", privileges: ["call", "reporting"], synopsis: "Check Extension Status.", handle: extensionState },
    {
      name: "ExtensionStateList",
      privileges: ["call", "reporting"],
      synopsis: "List the current known extension states.",
      handle: extensionStateList
    },
    {
      name: "PresenceStateList",
      privileges: ["call", "reporting"],
      synopsis: "List the current known presence states.",
      module: "res_manager_presencestate",
      handle: presenceStateList
    },
    { name: "Setvar", privileges: ["call"], synopsis: "Sets a channel variable or function value.", handle: setvar },
    {
      name: "VoicemailUsersList",
      privileges: ["call", "reporting"],
      synopsis: "List All Voicemail User Information.",
      module: "app_voicemail",
      handle: voicemailUsersList
    }
  ]
}
