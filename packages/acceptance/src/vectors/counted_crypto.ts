/** The runtime's cryptography, which works off the event loop, with a count of what is under way: the barrier waits for it. */
import { layer } from "effect/crypto/WebCrypto"
import type * as Layer from "effect/Layer"

export interface CountedCrypto {
  /** The `WebCrypto` reference on which digests and password hashes of `effect/crypto` run. */
  readonly layer: Layer.Layer<never>
  /** How many operations are under way. */
  readonly underWay: () => number
}

/** Calls go through `call`; everything else is as it was. */
const intercepted = <T extends object>(target: T, call: (result: unknown) => void): T =>
  new Proxy(target, {
    get: (object, key) => {
      const value: unknown = Reflect.get(object, key)
      if (typeof value !== "function") return value
      return (...args: ReadonlyArray<unknown>): unknown => {
        const result: unknown = Reflect.apply(value, object, args)
        call(result)
        return result
      }
    }
  })

export const makeCountedCrypto = (): CountedCrypto => {
  let underWay = 0
  const over = (): void => {
    underWay--
  }
  const subtle = intercepted(globalThis.crypto.subtle, (result) => {
    if (!(result instanceof Promise)) return
    underWay++
    result.then(over, over)
  })
  const crypto = new Proxy(globalThis.crypto, {
    get: (object, key) => {
      if (key === "subtle") return subtle
      const value: unknown = Reflect.get(object, key)
      return typeof value === "function" ? value.bind(object) : value
    }
  })
  return { layer: layer(crypto), underWay: () => underWay }
}
