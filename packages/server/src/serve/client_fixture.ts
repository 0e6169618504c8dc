/** A client with bare hands, for tests of the built binary. */
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"

/** Milliseconds. */
const DEADLINE = 10_000

/** The messages that it got, in order. */
export interface Client {
  readonly socket: Socket
  readonly heard: () => ReadonlyArray<{ readonly class: string; readonly [key: string]: unknown }>
  /** Waits until the text that came matches. */
  readonly hears: (pattern: RegExp) => Effect.Effect<void>
  readonly ended: () => boolean
}

export const client = (open: () => Socket) =>
  Effect.acquireRelease(
    Effect.sync((): Client => {
      let text = ""
      let ended = false
      const watchers = new Set<() => void>()
      const changed = (): void => {
        for (const watcher of [...watchers]) watcher()
      }
      const socket = open()
      socket.on("error", () => {})
      socket.on("close", () => {
        ended = true
        changed()
      })
      socket.setEncoding("utf8").on("data", (more: string) => {
        text += more
        changed()
      })
      return {
        socket,
        heard: () =>
          text
            .split("\n")
            .slice(0, -1)
            .map((line) => JSON.parse(line)),
        hears: (pattern) =>
          Effect.callback<void>((resume) => {
            const check = (): void => {
              if (pattern.test(text)) resume(Effect.void)
            }
            watchers.add(check)
            check()
            return Effect.sync(() => watchers.delete(check))
          }).pipe(
            Effect.timeoutOrElse({
              duration: DEADLINE,
              orElse: () => Effect.die(new Error(`a client does not hear ${pattern}: ${text}`))
            })
          ),
        ended: () => ended
      }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

/** As `login` with the password `<login>-word`. */
export const signIn = Effect.fnUntraced(function* (login: string, open: () => Socket) {
  const one = yield* client(open)
  const send = (message: object): void => void one.socket.write(`${JSON.stringify(message)}\n`)
  send({ class: "login_id", userlogin: login, company: "default", ident: "test", wazoversion: "2.3" })
  send({ class: "login_pass", password: `${login}-word` })
  send({ class: "login_capas", capaid: 1, state: "available" })
  yield* one.hears(/"class":"login_capas".*\n/)
  return one
})
