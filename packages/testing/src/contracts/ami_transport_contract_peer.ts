/** The far end of the scripted cases of the AMI transport contract: a manager port in bytes, and a manager that speaks through it. */
import { AmiDecoder } from "@ctid/ami/ami_decoder"
import type { AmiMessage } from "@ctid/ami/ami_message"

/** The far end of one connection. */
export interface AmiFarEnd {
  /** Queues bytes; never refuses. */
  readonly send: (bytes: Uint8Array) => void
  /** Ends in an orderly way, after what was queued. */
  readonly end: () => void
}

export interface AmiFarEndHandlers {
  readonly onBytes: (bytes: Uint8Array) => void
  /** Called once, last. */
  readonly onClose: () => void
}

/** Answers a connection. The greeting is sent before this returns. */
export type AmiFarEndScript = (farEnd: AmiFarEnd) => AmiFarEndHandlers

const utf8 = new TextEncoder()

/** A packet of these lines. */
export const packet = (...lines: ReadonlyArray<string>): Uint8Array => utf8.encode(`${lines.join("\r\n")}\r\n\r\n`)

/** One connection to it. */
export interface ScriptedConnection {
  readonly say: (bytes: Uint8Array) => void
}

/** An answer to an action: lines of packets, to which the ActionID is added; null: what it always answers. */
export type ScriptedAnswer = (action: AmiMessage, connection: ScriptedConnection) => ReadonlyArray<ReadonlyArray<string>> | null

const idle = (action: AmiMessage): ReadonlyArray<ReadonlyArray<string>> => {
  switch (action.name.toLowerCase()) {
    case "challenge":
      return [["Response: Success", "Challenge: 125549201"]]
    case "login":
      return [["Response: Success", "Message: Authentication accepted"]]
    case "logoff":
      return [["Response: Goodbye", "Message: Thanks for all the fish."]]
    case "queuestatus":
      return [
        ["Response: Success", "EventList: start"],
        ["Event: QueueStatusComplete", "EventList: Complete", "ListItems: 0"],
        // said here, as a session over somebody else's connection does not hear what is said at the login
        ["Event: FullyBooted", "Status: Fully Booted"]
      ]
    default:
      return [["Response: Success", "Ping: Pong"]]
  }
}

/** Greets, lets everybody in and answers everything with success, unless told otherwise: for what no Asterisk says when one wants it. */
export class ScriptedManager {
  /** Connections that are open. */
  readonly connections: Array<ScriptedConnection> = []
  /** All actions of all connections. */
  readonly actions: Array<AmiMessage> = []
  /** True: it takes everything and says nothing. */
  silent = false
  answer: ScriptedAnswer = () => null

  readonly script: AmiFarEndScript = (farEnd) => {
    const decoder = new AmiDecoder({ greeting: false })
    const connection: ScriptedConnection = { say: farEnd.send }
    this.connections.push(connection)
    farEnd.send(utf8.encode("Asterisk Call Manager/11.0.0\r\n"))
    return {
      onBytes: (bytes) => {
        // the bytes may be used again by whoever gave them
        for (const action of decoder.push(bytes.slice())) this.#act(action, connection)
      },
      onClose: () => {
        const at = this.connections.indexOf(connection)
        if (at >= 0) this.connections.splice(at, 1)
      }
    }
  }

  /** Says it to all who are connected. */
  say(bytes: Uint8Array): void {
    for (const connection of this.connections) connection.say(bytes)
  }

  /** Actions of this name. */
  sent(name: string): ReadonlyArray<AmiMessage> {
    return this.actions.filter((action) => action.name.toLowerCase() === name.toLowerCase())
  }

  #act(action: AmiMessage, connection: ScriptedConnection): void {
    this.actions.push(action)
    if (this.silent) return
    const id = action.get("ActionID")
    for (const [first = "", ...rest] of this.answer(action, connection) ?? idle(action)) {
      connection.say(packet(first, ...(id === undefined ? [] : [`ActionID: ${id}`]), ...rest))
    }
  }
}
