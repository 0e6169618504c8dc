/** Random bytes for session ids, salts and tokens: Node's own, fetched by the page, because a call costs more than its bytes. */
import { randomFillSync } from "node:crypto"
import { make, SecureRandom } from "effect/crypto/SecureRandom"
import * as Layer from "effect/Layer"

const PAGE = 4096

/** Bytes are handed out once and wiped from the page. A request over half a page is not served from it. */
const paged = (): ((size: number) => Uint8Array) => {
  const page = new Uint8Array(PAGE)
  let used = PAGE
  return (size) => {
    if (size > PAGE / 2) return randomFillSync(new Uint8Array(size))
    if (used + size > PAGE) {
      randomFillSync(page)
      used = 0
    }
    const bytes = page.slice(used, used + size)
    page.fill(0, used, used + size)
    used += size
    return bytes
  }
}

export const NodeSecureRandom: { readonly layer: Layer.Layer<SecureRandom> } = {
  layer: Layer.sync(SecureRandom, () => make(paged()))
}
