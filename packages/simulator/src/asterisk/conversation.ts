/** A raw conversation with a simulated Asterisk, as text: for tests that look at the very bytes. */
import type { SimulatedAsterisk } from "./simulated_asterisk.ts"

export interface Conversation {
  /** Sends text with LF as line ends, which go out as CR LF, and an empty line. Answers what came back, likewise. */
  readonly say: (text: string) => string
  /** Sends text as it is, in UTF-8. */
  readonly raw: (text: string) => string
  /** What came since the last look, CR LF written as LF. */
  readonly heard: () => string
  readonly isClosed: () => boolean
  readonly close: () => void
}

/** Connects. The greeting is waiting to be heard. */
export const converse = (asterisk: SimulatedAsterisk): Conversation => {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder("utf-8")
  let text = ""
  let closed = false
  const pipe = asterisk.connect({
    onBytes: (bytes) => {
      text += decoder.decode(bytes, { stream: true })
    },
    onClose: () => {
      closed = true
    }
  })
  const heard = (): string => {
    const all = text.replaceAll("\r\n", "\n")
    text = ""
    return all
  }
  const raw = (sent: string): string => {
    pipe.write(encoder.encode(sent))
    return heard()
  }
  return {
    say: (sent) => raw(`${sent.trim().replaceAll("\n", "\r\n")}\r\n\r\n`),
    raw,
    heard,
    isClosed: () => closed,
    close: pipe.close
  }
}

/** Connects, logs in and has heard all that comes with it. */
export const converseAs = (asterisk: SimulatedAsterisk, username: string, secret: string): Conversation => {
  const conversation = converse(asterisk)
  conversation.say(`Action: Login\nUsername: ${username}\nSecret: ${secret}`)
  return conversation
}
