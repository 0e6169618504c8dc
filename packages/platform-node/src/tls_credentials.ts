/** Whether certificate, key and CA can be used together, before anybody connects. */
import { createPrivateKey, X509Certificate } from "node:crypto"
import type { TlsCredentials } from "@ctid/core/connection/tls_identity"
import * as Redacted from "effect/Redacted"
import { TlsHandshakes } from "./tls_handshakes.ts"
import { codeOf } from "./wire_error.ts"

export interface TlsCredentialsProblem {
  readonly part: "certificate" | "key" | "clientCa"
  /** What was found instead; nothing of a key is in it. */
  readonly message: string
}

const fails = (attempt: () => void): string | null => {
  try {
    attempt()
    return null
  } catch (cause) {
    return codeOf(cause)
  }
}

/** Null: they can be used. */
export const tlsCredentialsProblem = (credentials: TlsCredentials): TlsCredentialsProblem | null => {
  const { certificate, key, clientCa } = credentials
  if (fails(() => new X509Certificate(certificate)) !== null) return { part: "certificate", message: "no PEM certificate" }
  const pem = Redacted.value(key)
  if (fails(() => createPrivateKey(pem)) !== null) {
    const encrypted = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)
    return { part: "key", message: encrypted ? "a private key that is encrypted" : "no PEM private key" }
  }
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(pem))) {
    return { part: "key", message: "the private key of another certificate" }
  }
  if (clientCa !== null && fails(() => new X509Certificate(clientCa)) !== null) {
    return { part: "clientCa", message: "no PEM certificate" }
  }
  const code = fails(() => TlsHandshakes.of(credentials))
  return code === null ? null : { part: "certificate", message: `a certificate that cannot be used (${code})` }
}
