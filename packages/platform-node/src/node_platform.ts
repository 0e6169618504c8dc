/** Everything that Node gives a CTI server, but for the PBX: TCP, TLS and UDP ports, password hashing, random numbers, digests. */
import type { Datagrams, Listener, PasswordHash } from "@ctid/core"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import type { Digest } from "effect/crypto/Digest"
import type { SecureRandom } from "effect/crypto/SecureRandom"
import * as Layer from "effect/Layer"
import { NodeDatagrams } from "./node_datagrams.ts"
import { NodeListener } from "./node_listener.ts"
import { NodePasswordHash, type PasswordHashOptions } from "./node_password_hash.ts"
import { NodeSecureRandom } from "./node_secure_random.ts"

export const NodePlatform: {
  readonly layer: (options?: {
    readonly passwords?: PasswordHashOptions
  }) => Layer.Layer<Listener | Datagrams | PasswordHash | SecureRandom | Digest>
} = {
  layer: ({ passwords } = {}) =>
    Layer.mergeAll(
      NodeListener.layer,
      NodeDatagrams.layer,
      NodePasswordHash.layer(passwords),
      NodeSecureRandom.layer,
      NodeCrypto.layerDigest
    )
}
