/** Plays a case against a port, and looks at what comes back. */
import { createSocket } from "node:dgram"
import { pause } from "../binary/deadline.ts"
import type { Place } from "../binary/watched_ctid.ts"
import { Attacker } from "./attacker.ts"
import { bytesOf, type FuzzCase, type Step, type Target } from "./fuzz_case.ts"
import { AMI_ACCOUNT, DOCTOR } from "./fuzz_config.ts"

/** Milliseconds for an answer, and for the other side to end a connection that we ended. */
const [HEARING, LEAVING] = [150, 1_000]
/** Milliseconds: above all deadlines of the server for what says nothing more. */
const OUTLASTING = 5_000

/** The name of the port that a target stands at; null: none. */
export const portOf = (target: Target): string | null => {
  switch (target) {
    case "cti":
    case "starttls":
      return "cti"
    case "ctis":
    case "ctis_raw":
      return "ctis"
    case "ami":
    case "decoders":
      return null
    default:
      return target
  }
}

const isMessage = (line: string): boolean => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === "object" && value !== null && "class" in value
  } catch {
    return false
  }
}

/** Secrets that no attack contains. */
const SECRETS = [AMI_ACCOUNT.secret, DOCTOR.password]

/** What a server may never say; null: it did not. */
export const forbidden = (text: string): string | null => {
  const secret = SECRETS.find((one) => text.includes(one))
  return secret === undefined ? null : `a secret was told: ${secret}`
}

/** What is wrong with an answer; null: nothing. */
const complaintAbout = (target: Target, heard: string): string | null => {
  const told = forbidden(heard)
  if (told !== null) return told
  if (portOf(target) !== "cti" && target !== "ctis") return null
  const broken = heard
    .split("\n")
    .slice(0, -1)
    .find((line) => !isMessage(line))
  return broken === undefined ? null : `a client was sent what is no message: ${broken.slice(0, 200)}`
}

const play = async (attacker: Attacker, step: Step): Promise<void> => {
  switch (step._tag) {
    case "Write":
      return attacker.write(step.bytes)
    case "Pause":
      return pause(step.milliseconds)
    case "Hear":
      return attacker.hear(HEARING)
    case "Deaf":
      return attacker.deaf()
    case "Outlast":
      return attacker.until(() => false, OUTLASTING)
    case "End":
      attacker.end()
      return attacker.until(() => false, LEAVING)
    case "Reset":
      return attacker.reset()
  }
}

const startTls = new TextEncoder().encode('{"class":"starttls","status":true,"commandid":1}\n')

/** Ready for the first step; false: the server does not let us. */
const enter = async (attacker: Attacker, target: Target): Promise<boolean> => {
  if (!(await attacker.open())) return false
  if (target === "ctis") return attacker.encrypt()
  if (target !== "starttls") return true
  await attacker.until(() => attacker.heard.includes("\n"), LEAVING)
  attacker.write(startTls)
  await attacker.until(() => attacker.heard.includes('"starttls":true'), LEAVING)
  return !attacker.ended && (await attacker.encrypt())
}

const byDatagram = async (one: FuzzCase, { address, port }: Place): Promise<null> => {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4")
  const send = (datagram: Uint8Array): Promise<void> =>
    // whether it left does not matter: longer ones do not
    new Promise((resolve) => socket.send(datagram, port, address, () => resolve()))
  for (const datagram of bytesOf(one)) await send(datagram)
  await new Promise<void>((resolve) => socket.close(resolve))
  return null
}

/** Answers what is wrong with what the server said; null: nothing. */
export const attack = async (one: FuzzCase, place: Place): Promise<string | null> => {
  if (one.target === "announce") return byDatagram(one, place)
  const attacker = new Attacker(place)
  try {
    if (!(await enter(attacker, one.target))) return null
    for (const step of one.steps) {
      if (attacker.ended) break
      await play(attacker, step)
    }
    return complaintAbout(one.target, attacker.heard)
  } finally {
    attacker.destroy()
  }
}
