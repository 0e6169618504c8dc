/** Actions on calls: what is up, originate, hang up. */
import { type ActionSpec, failure, isTrue, listing, type Reply, success } from "./action.ts"
import type { ActionRequest, Header, Headers } from "./ami_packet.ts"
import { channelHeaders } from "./channels.ts"
import type { Pbx } from "./pbx.ts"

const two = (value: number): string => String(value).padStart(2, "0")

/** Seconds as `00:01:05`. */
const duration = (seconds: number): string =>
  `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`

/** `"Name" <1003>`, or a bare number. */
const parseCallerId = (text: string): { readonly number: string; readonly name: string } | null => {
  if (text === "") return null
  const full = /^\s*"?(.*?)"?\s*<([^>]*)>\s*$/.exec(text)
  return full === null ? { number: text, name: "" } : { number: full[2] ?? "", name: full[1] ?? "" }
}

export const callActions = (pbx: Pbx): ReadonlyArray<ActionSpec> => {
  const { channels, calls } = pbx

  const showChannels = (): Reply => {
    const items = channels.list().map((channel) => ({
      event: "CoreShowChannel",
      headers: [
        ...channelHeaders(channel),
        ["Application", channel.application],
        ["ApplicationData", channel.applicationData],
        ["Duration", duration(pbx.now() - channel.created)],
        ["BridgeId", channel.bridge]
      ] satisfies Headers
    }))
    return listing("Channels will follow", { items, complete: "CoreShowChannelsComplete", idLast: false })
  }

  const hangup = (request: ActionRequest): Reply => {
    const name = request.get("Channel")
    if (name === "") return failure("No channel specified")
    const cause = Number(request.get("Cause") || "16")
    if (pbx.queueCalls.hangupChannel(name)) return success("Channel Hungup")
    return calls.hangupChannel(name, cause) ? success("Channel Hungup") : failure("No such channel")
  }

  /** The called phone is picked up at once; then it runs an application, or rings the extension. */
  const originate = (request: ActionRequest): Reply => {
    const dialled = request.get("Channel")
    if (dialled === "") return failure("Channel not specified")
    const application = request.get("Application")
    const exten = request.get("Exten")
    const context = request.get("Context")
    const target = exten === "" ? null : pbx.partyAt(exten, context)
    if (application === "" && exten === "") return failure("Originate missing a parameter")
    if (application === "" && target === null && pbx.queues.get(exten) === undefined)
      return failure("Extension does not exist.")
    const queued = success("Originate successfully queued")

    const state = pbx.devices.get(dialled)
    const reachable = state !== "INVALID" && state !== "UNAVAILABLE"
    const callerId = parseCallerId(request.get("CallerID"))
    const what: ReadonlyArray<Header> =
      application === ""
        ? [
            ["Context", context],
            ["Exten", exten]
          ]
        : [
            ["Application", application],
            ["Data", request.get("Data")]
          ]
    const respond = (response: string, channel: string, reason: string, uniqueId: string): void =>
      pbx.publish("call", "OriginateResponse", [
        ...(request.get("ActionID") === "" ? [] : ([["ActionID", request.get("ActionID")]] as const)),
        ["Response", response],
        ["Channel", channel],
        ...what,
        ["Reason", reason],
        ["Uniqueid", uniqueId],
        ["CallerIDNum", callerId?.number || "<unknown>"],
        ["CallerIDName", callerId?.name || "<unknown>"]
      ])
    if (!reachable) {
      respond("Failure", dialled, "0", request.get("ChannelId") || "<unknown>")
      return isTrue(request.get("Async")) ? queued : failure("Originate failed")
    }

    const party = pbx.partyOn(dialled)
    const channelId = request.get("ChannelId")
    const channel = channels.open(party, {
      state: 0,
      exten: "s",
      ...(channelId === "" ? {} : { uniqueId: channelId }),
      ...(callerId === null ? {} : { connected: callerId })
    })
    const dest = () => channelHeaders(channel, "Dest")
    pbx.publish("call", "DialBegin", [...dest(), ["DialString", dialled.slice(dialled.indexOf("/") + 1)]])
    channels.setState(channel, 5)
    pbx.publish("call", "DialState", [...dest(), ["DialStatus", "RINGING"]])
    channels.setState(channel, 6)
    pbx.publish("call", "DialEnd", [...dest(), ["DialStatus", "ANSWER"]])
    channel.application = application
    channel.applicationData = request.get("Data")
    respond("Success", channel.name, "4", channel.uniqueId)
    if (target !== null) {
      channel.context = context
      channel.exten = exten
      calls.continueTo(channel, target)
    }
    return queued
  }

  return [
    {
      name: "CoreShowChannels",
      privileges: ["system", "reporting"],
      synopsis: "List currently active channels.",
      handle: showChannels
    },
    { name: "Hangup", privileges: ["system", "call"], synopsis: "Hangup channel.", handle: hangup },
    { name: "Originate", privileges: ["originate"], synopsis: "Originate a call.", handle: originate }
  ]
}
