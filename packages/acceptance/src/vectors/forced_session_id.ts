/** Randomness as it should be, but for one session id that a vector forces. */
import { layerWebCrypto, SecureRandom } from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export interface ForcedSessionId {
  /** The next time that characters are shuffled, these come first. */
  readonly force: (id: string) => void
  readonly layer: Layer.Layer<SecureRandom>
}

export const makeForcedSessionId = (): ForcedSessionId => {
  let forced: string | null = null
  /** A shuffled list that begins with the forced characters; null when they are not all in it. */
  const begins = <A>(elements: ReadonlyArray<A>, id: string): Array<A> | null => {
    const texts = elements.map(String)
    const first = Array.from(id).map((character) => texts.indexOf(character))
    if (first.some((index) => index < 0)) return null
    const rest = elements.filter((_, index) => !first.includes(index))
    return [...first.flatMap((index) => elements.slice(index, index + 1)), ...rest]
  }
  const layer = Layer.effect(
    SecureRandom,
    Effect.map(SecureRandom, (real) =>
      SecureRandom.of({
        ...real,
        shuffle: (elements) => {
          const list = [...elements]
          const chosen = forced === null ? null : begins(list, forced)
          if (chosen === null) return real.shuffle(list)
          forced = null
          return Effect.succeed(chosen)
        }
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
