/** The hands of the Telephony contract on a real Asterisk. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { ContractBroken, eventually } from "@ctid/testing/contracts/contract"
import type { PbxControl } from "@ctid/testing/contracts/telephony_world"
import * as Effect from "effect/Effect"
import type { Packet } from "./ami_conversation.ts"
import type { Asterisk } from "./asterisk.ts"

/** Extensions that call a queue, with their contexts. */
const queueExtensions: Readonly<Record<string, string>> = {
  support: "8001@tenant-a",
  callback: "8002@tenant-a",
  sales: "8003@tenant-b"
}

const isListEnd = (packet: Packet): boolean => packet.EventList === "Complete" || packet.Response === "Error"

export const realControl = (asterisk: Asterisk["Service"]): PbxControl => {
  /** An action that has to succeed. */
  const done = (action: Packet): Effect.Effect<void, unknown> =>
    Effect.flatMap(asterisk.act(action), (packets) => {
      const response = packets.at(-1)
      return response?.Response === "Success"
        ? Effect.void
        : Effect.fail(new ContractBroken({ message: `${action.Action}: ${response?.Message}` }))
    })
  const channels = Effect.map(asterisk.channels, (lines) => lines.map((line) => line.split("!")[0] ?? ""))
  const farEnd = (number: string): Effect.Effect<string, unknown> =>
    Effect.map(
      eventually(`the phone ${number} rings`, asterisk.channels, (lines) => lines.some((line) => rings(line, number))),
      (lines) => lines.find((line) => rings(line, number))?.split("!")[0] ?? ""
    )
  const log = dirname(asterisk.info.log)

  return {
    deviceState: (device) =>
      Effect.map(
        asterisk.act({ Action: "Getvar", Variable: `DEVICE_STATE(${device})` }),
        (packets) => packets.at(-1)?.Value ?? ""
      ),
    astDb: (family, key) =>
      Effect.map(
        asterisk.act({ Action: "DBGet", Family: family, Key: key }, isListEnd),
        (packets) => packets.find((packet) => packet.Event === "DBGetResponse")?.Val ?? null
      ),
    queueMembers: (queue) =>
      Effect.map(asterisk.act({ Action: "QueueStatus", Queue: queue }, isListEnd), (packets) =>
        packets
          .filter((packet) => packet.Event === "QueueMember")
          .map((packet) => ({
            name: packet.Name ?? "",
            interface: packet.Location ?? "",
            stateInterface: packet.StateInterface ?? "",
            penalty: Number(packet.Penalty),
            paused: packet.Paused === "1"
          }))
      ),
    queueLog: Effect.map(
      Effect.promise(() => readFile(`${log}/queue_log`, "utf8").catch(() => "")),
      (text) =>
        text
          .split("\n")
          .map((line) => line.split("|"))
          .filter((fields) => fields[4] === "PRESENCE")
          .map((fields) => ({
            queue: fields[2] ?? "",
            interface: fields[3] ?? "",
            event: fields[4] ?? "",
            message: fields[5] ?? ""
          }))
    ),
    channels,
    setDeviceState: (device, state) => done({ Action: "Setvar", Variable: `DEVICE_STATE(${device})`, Value: state }),
    dialDoNotDisturb: (line, on) => asterisk.press(line.number, on ? "*78" : "*79"),
    dialForward: (line, destination) => asterisk.press(line.number, destination === null ? "*73" : `*72${destination}`),
    setPresence: (line, value) =>
      done({
        Action: "Setvar",
        Variable: `PRESENCE_STATE(CustomPresence:${line.number}@${line.context})`,
        Value: value
      }),
    addMember: (queue, name, memberInterface) =>
      done({ Action: "QueueAdd", Queue: queue, Interface: memberInterface, MemberName: name }),
    removeMember: (queue, memberInterface) => done({ Action: "QueueRemove", Queue: queue, Interface: memberInterface }),
    pauseMember: (queue, memberInterface, paused) =>
      done({ Action: "QueuePause", Queue: queue, Interface: memberInterface, Paused: String(paused) }),
    ring: Effect.fnUntraced(function* (from, to) {
      yield* asterisk.phone(to.number, "never")
      yield* done({
        Action: "Originate",
        Channel: from.device,
        Context: from.context,
        Exten: to.number,
        Priority: "1",
        CallerID: `<${from.number}>`,
        Async: "true"
      })
      const called = yield* farEnd(to.number)
      return {
        answer: done({ Action: "Redirect", Channel: called, Context: "phones", Exten: "answer", Priority: "1" }),
        hangup: asterisk.hangUp
      }
    }),
    callQueue: Effect.fnUntraced(function* (queue) {
      yield* done({
        Action: "Originate",
        Channel: `Local/${queueExtensions[queue]}/n`,
        Context: "outside",
        Exten: "caller",
        Priority: "1",
        CallerID: "<5551234>",
        Async: "true"
      })
      return { hangup: asterisk.hangUp }
    }),
    setVoicemail: (mailbox, context, newMessages) =>
      Effect.andThen(
        Effect.promise(() => fillMailbox(`${dirname(log)}/spool/voicemail/${context}/${mailbox}/INBOX`, newMessages)),
        done({ Action: "VoicemailRefresh", Context: context, Mailbox: mailbox })
      ),
    kill: Effect.andThen(asterisk.saved, asterisk.kill),
    start: asterisk.startAgain
  }
}

/** A line of `core show channels concise`: name!context!extension!priority!state... */
const rings = (line: string, number: string): boolean => {
  const [, context, extension, , state] = line.split("!")
  return context === "phones" && extension === number && state === "Ring"
}

/** Messages as app_voicemail stores them: a text and a sound for each. */
const fillMailbox = async (folder: string, messages: number): Promise<void> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (let i = 0; i < messages; i++) {
    const file = `${folder}/msg${String(i).padStart(4, "0")}`
    await writeFile(`${file}.wav`, "")
    await writeFile(`${file}.txt`, "[message]\n")
  }
}
