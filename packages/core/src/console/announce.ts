/** The announce port (reference 8.3): somebody says that Asterisk has started, or has read its dialplan again. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { audited } from "../audit.ts"
import type { Endpoint, ListenError } from "../connection/connection.ts"
import { Datagrams } from "../connection/datagrams.ts"
import { monotonic } from "../monotonic.ts"
import type { Telephony } from "../telephony/telephony.ts"

/** Milliseconds from a datagram to what it causes: a starting Asterisk needs a moment. */
const DELAY = 1_000
/** Milliseconds from one effect to the next: the questions that follow cost Asterisk something. */
const INTERVAL = 5_000
/** Longest datagram that is looked at, in bytes. */
const LONGEST = 1_500

const WORD = "asterisk"
const WORD_BYTES = new TextEncoder().encode(WORD)

/** Whether a datagram says that Asterisk has started. */
export const isAnnouncement = (datagram: Uint8Array): boolean =>
  datagram.length <= LONGEST && WORD_BYTES.every((byte, index) => datagram[index] === byte)

export interface AnnounceOptions {
  readonly address: string
  readonly port: number
}

/**
 * Opens the port until the scope closes. An announcement makes the link to Asterisk be tried at once when it is down, and
 * Asterisk be asked for everything when it is up; one second later, and not more often than every five. Others are ignored.
 */
export const openAnnounce = Effect.fnUntraced(function* (
  telephony: Pick<Telephony["Service"], "refresh" | "isUp">,
  { address, port }: AnnounceOptions
): Effect.fn.Return<Endpoint, ListenError, Datagrams | Scope.Scope> {
  const datagrams = yield* Datagrams
  const now = monotonic(yield* Clock.Clock)
  const scope = yield* Effect.scope
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  let waiting = false
  let next = 0

  const obey = (from: Endpoint): Effect.Effect<void> =>
    Effect.gen(function* () {
      yield* Effect.sleep(Duration.millis(Math.max(DELAY, next - now())))
      waiting = false
      next = now() + INTERVAL
      yield* Effect.logInfo("announced by asterisk").pipe(
        Effect.annotateLogs(
          audited("announce", {
            peer: `${from.address}:${from.port}`,
            effect: telephony.isUp() ? "asked for everything" : "connecting"
          })
        )
      )
      yield* telephony.refresh
    })

  return yield* datagrams.bind({ address, port }, (datagram, from) => {
    if (waiting || !isAnnouncement(datagram)) return
    waiting = true
    fork(Effect.forkIn(obey(from), scope))
  })
})
