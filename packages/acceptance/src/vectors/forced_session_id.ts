/** Randomness as it should be, but for one session id that a vector forces. */
import { layerWebCrypto, SecureRandom } from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export interface ForcedSessionId {
  /** The next random bytes make this id. Only letters and digits, each once. */
  readonly force: (id: string) => void
  readonly layer: Layer.Layer<SecureRandom>
}

/** The characters in the order in which they are drawn from: a byte is the place of one among those that are left. */
const ALPHABET = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

const bytesFor = (id: string, size: number): Uint8Array => {
  const left = [...ALPHABET]
  const bytes = new Uint8Array(size)
  for (const [at, character] of Array.from(id).entries()) {
    const place = left.indexOf(character)
    if (place < 0) throw new Error(`no session id of ours: ${id}`)
    bytes[at] = place
    left.splice(place, 1)
  }
  return bytes
}

export const makeForcedSessionId = (): ForcedSessionId => {
  let forced: string | null = null
  const layer = Layer.effect(
    SecureRandom,
    Effect.map(SecureRandom, (real) =>
      SecureRandom.of({
        ...real,
        randomBytes: (size) =>
          Effect.suspend(() => {
            const id = forced
            forced = null
            return id === null ? real.randomBytes(size) : Effect.succeed(bytesFor(id, size))
          })
      })
    )
  ).pipe(Layer.provide(layerWebCrypto))
  return {
    force: (id) => {
      forced = id
    },
    layer
  }
}
