/** What was written to Asterisk, byte for byte, and whether Asterisk reads in it what was meant. */
import type { MemoryAmiPort } from "../memory_ami_transport.ts"

/** The headers that each action may have beside Action and ActionID. */
export type AllowedHeaders = Readonly<Record<string, ReadonlyArray<string>>>

/** Every action that a server sends, and its headers. */
export const ACTION_HEADERS: AllowedHeaders = {
  Challenge: ["AuthType"],
  Events: ["EventMask"],
  Login: ["AuthType", "Username", "Key", "Events"],
  Filter: ["Operation", "Filter"],
  Ping: [],
  CoreSettings: [],
  CoreStatus: [],
  ExtensionStateList: [],
  DeviceStateList: [],
  QueueStatus: ["Queue", "Member"],
  QueueSummary: [],
  VoicemailUsersList: [],
  CoreShowChannels: [],
  DBGet: ["Family", "Key"],
  DBGetTree: ["Family", "Key"],
  DBPut: ["Family", "Key", "Val"],
  DBDel: ["Family", "Key"],
  Setvar: ["Variable", "Value"],
  QueueAdd: ["Queue", "Interface", "Penalty", "Paused", "MemberName", "StateInterface"],
  QueueRemove: ["Queue", "Interface"],
  QueuePause: ["Queue", "Interface", "Paused", "Reason"],
  QueueLog: ["Queue", "Event", "Interface", "Message"],
  Originate: ["Channel", "Application", "Data", "CallerID", "Async"]
}

/** What all ids of one link's actions begin with: nobody else can know it. */
const ID = /^(ctid-[0-9a-f]+-)\d+-\d+$/

const HEADER = /^([A-Za-z0-9_-]+): (.*)$/

/** What is wrong with what was written; null: nothing. */
export const amiComplaint = (written: string, allowed: AllowedHeaders = ACTION_HEADERS): string | null => {
  if (written.includes("\0")) return "NUL was written"
  if (/\r(?!\n)|(?<!\r)\n/.test(written)) return "a carriage return or a line feed of its own was written"
  const packets = written.split("\r\n\r\n")
  if (packets.pop() !== "") return "the last packet has no end"
  const ids = new Set<string>()
  let prefix: string | undefined
  for (const packet of packets) {
    const headers = packet.split("\r\n").map((line) => HEADER.exec(line))
    const [first] = headers
    const names = first?.[1] === "Action" ? allowed[first[2] ?? ""] : undefined
    if (names === undefined) return `an action that is none of ours: ${JSON.stringify(packet)}`
    const seen = new Set<string>()
    for (const header of headers) {
      const name = header?.[1]
      if (name === undefined) return `a line that is no header: ${JSON.stringify(packet)}`
      if (seen.has(name)) return `${name} twice: ${JSON.stringify(packet)}`
      seen.add(name)
      if (name !== "Action" && name !== "ActionID" && !names.includes(name)) {
        return `${name} is no header of ${first?.[2]} here: ${JSON.stringify(packet)}`
      }
    }
    const id = headers.find((header) => header?.[1] === "ActionID")?.[2] ?? ""
    const begins = ID.exec(id)?.[1]
    prefix ??= begins
    if (begins === undefined || begins !== prefix || ids.has(id)) return `not an action of ours: ${JSON.stringify(packet)}`
    ids.add(id)
  }
  return null
}

/** A port to Asterisk that keeps what is written to it. */
export const recordedPort = (port: MemoryAmiPort): { readonly port: MemoryAmiPort; readonly written: () => string } => {
  const text = new TextDecoder()
  let written = ""
  return {
    port: {
      isRunning: port.isRunning,
      connect: (handlers) => {
        const pipe = port.connect(handlers)
        return {
          ...pipe,
          write: (bytes) => {
            written += text.decode(bytes)
            pipe.write(bytes)
          }
        }
      }
    },
    written: () => written
  }
}
