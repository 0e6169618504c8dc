/** The tests' own hand on a manager port, apart from the code under test: one action on a connection of its own. */
import { connect } from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** A packet with the first value of each header, names as Asterisk spells them. */
export type Packet = Readonly<Record<string, string>>

export class ConversationFailed extends Data.TaggedError("ConversationFailed")<{ readonly message: string }> {}

const readPacket = (text: string): Packet => {
  const packet: Record<string, string> = {}
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(": ")
    if (colon > 0 && !(line.slice(0, colon) in packet)) packet[line.slice(0, colon)] = line.slice(colon + 2)
  }
  return packet
}

const encode = (action: Packet): string =>
  `${Object.entries(action)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`

const isResponse = (packet: Packet): boolean => "Response" in packet && !("Event" in packet)

/**
 * Logs in, sends one action and answers all packets up to the last one that is wanted: by default up to the action's response. Ten
 * seconds for all of it, unless more are given.
 */
export const converse = (
  port: number,
  account: { readonly username: string; readonly secret: string },
  action: Packet,
  isLast: (packet: Packet) => boolean = isResponse,
  seconds = 10
): Effect.Effect<ReadonlyArray<Packet>, ConversationFailed> =>
  Effect.callback<ReadonlyArray<Packet>, ConversationFailed>((resume) => {
    const socket = connect(port, "127.0.0.1")
    // left open, it would go on reading all that Asterisk says
    const end = (outcome: Effect.Effect<ReadonlyArray<Packet>, ConversationFailed>): void => {
      socket.destroy()
      resume(outcome)
    }
    const fail = (message: string): void => end(Effect.fail(new ConversationFailed({ message })))
    const answers: Array<Packet> = []
    let received = ""
    let accepted = false
    socket.write(encode({ Action: "Login", Username: account.username, Secret: account.secret }))
    socket.on("error", (error) => fail(error.message))
    socket.on("close", () => fail("Asterisk closed the connection"))
    socket.on("data", (chunk) => {
      received += chunk.toString("utf8")
      const packets = received.split("\r\n\r\n")
      received = packets.pop() ?? ""
      for (const packet of packets.map(readPacket)) {
        if (!accepted && packet.Message === "Authentication accepted") {
          accepted = true
          socket.write(encode(action))
        } else if (!accepted && packet.Message === "Authentication failed") {
          fail(`${account.username} was refused`)
        } else if (accepted) {
          answers.push(packet)
          if (isLast(packet)) end(Effect.succeed(answers))
        }
      }
    })
    return Effect.sync(() => socket.destroy())
  }).pipe(
    Effect.timeoutOrElse({
      duration: `${seconds} seconds`,
      orElse: () => Effect.fail(new ConversationFailed({ message: `no answer to ${action.Action} within ${seconds} s` }))
    })
  )
