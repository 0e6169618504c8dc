import { X509Certificate } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import fc from "fast-check"
import { makeAuthority } from "../test/certificates.ts"
import { type CertificateCircumstances, certificateWarnings, daysLeft, readCertificates } from "./certificate.ts"

const DAY = 86_400_000
const now = Date.now()
const authority = makeAuthority("the company's CA", 100)
const server = authority.issue({ name: "pbx", names: ["pbx.example", "127.0.0.1"], until: 200 })

const warned = (pem: string, circumstances: Partial<CertificateCircumstances> = {}) =>
  Result.getOrThrow(certificateWarnings(pem, { now, ...circumstances }))
const reasons = (pem: string, circumstances: Partial<CertificateCircumstances> = {}) =>
  warned(pem, circumstances).map(({ reason }) => reason)

/** An RSA certificate of 1024 bits for localhost, until 2126, made by `openssl req -x509 -newkey rsa:1024`. */
const weak = `-----BEGIN CERTIFICATE-----
MIICGDCCAYGgAwIBAgITTR6ISYD3qCoKpH8bR/M1HOwNhDANBgkqhkiG9w0BAQsF
ADAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcNMjYxMTI1MTg0MDM3WhgPMjEyNjEx
MDExODQwMzdaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDCBnzANBgkqhkiG9w0BAQEF
AAOBjQAwgYkCgYEAsSW+YjxmCdntJ4nnS53K3rfLMNhikakEO/KdXnsvZfTepY2G
d/6IPrMfRzfsxnIGGzGkv3BXnFj4hkkYLNNL9ZAZyTJ/oQ7sTuOBDAmFM/+BtQmc
WPHXOZqq/TzaSSjkSJ2z7i8ApRZQPZ3Sq0UHoen5QkQOCUqWceteYw18QHcCAwEA
AaNmMGQwHQYDVR0OBBYEFJhiomGiUYxxUS6/ToAfZpGXlbFSMB8GA1UdIwQYMBaA
FJhiomGiUYxxUS6/ToAfZpGXlbFSMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAMBgNV
HRMBAf8EAjAAMA0GCSqGSIb3DQEBCwUAA4GBAEtLNFY7bZj5+2HOV8VKONDbGK3B
FbG3i97kOZ7LG8acMioABYc1yPZTNJO2arxrYOU/b0LWbj6QS2RuhbeGYcqOtGwc
YOmQhNOLsRxOK4uIiY33olJxaQXaMtPJAeV5fUETxqdiTTx4TDkVvqgx+TUuPD0O
5vNOJWOVkphG8Bg8
-----END CERTIFICATE-----`

describe("what a certificate says", () => {
  it("subject, names, issuer, dates, fingerprint and kind of key, of each in the chain", () => {
    const [first, second] = Result.getOrThrow(readCertificates(`some text\n${server.cert}${authority.cert}`))
    const certificate = new X509Certificate(server.cert)
    assert.deepStrictEqual(first, {
      subject: "CN=pbx",
      names: ["pbx.example", "127.0.0.1"],
      issuer: "CN=the company's CA",
      notBefore: certificate.validFromDate.getTime(),
      notAfter: certificate.validToDate.getTime(),
      fingerprint: certificate.fingerprint256,
      keyKind: "EC P-256",
      authority: false
    })
    assert.deepStrictEqual([second?.subject, second?.authority], ["CN=the company's CA", true])
    assert.strictEqual(daysLeft(first, now), 199)
    assert.strictEqual(Result.getOrThrow(readCertificates(weak))[0].keyKind, "RSA 1024")
  })

  it("a text without a certificate, or with a broken one, is refused without a word of it", () => {
    const message = (pem: string) =>
      Result.merge(
        Result.map(
          Result.mapError(readCertificates(pem), (error) => error.message),
          () => "read"
        )
      )
    assert.strictEqual(message(""), "there is no certificate in PEM form in it")
    assert.strictEqual(message(server.key), "there is no certificate in PEM form in it")
    const broken = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----"
    const why = "what stands between BEGIN CERTIFICATE and END CERTIFICATE is no certificate"
    assert.strictEqual(message(broken), why)
    assert.strictEqual(message(`${server.cert}${broken}`), why)
    assert.strictEqual(message(server.cert.repeat(21)), "more than 20 certificates are no chain")
  })

  it("whatever the text, nothing is thrown", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "\n", server.cert),
      fc.base64String()
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const read = readCertificates(pieces.join(""))
        const warnings = certificateWarnings(pieces.join(""), { now })
        assert.strictEqual(Result.isSuccess(read), Result.isSuccess(warnings))
      })
    )
  })
})

describe("what is warned of", () => {
  it("nothing, while all is well", () => {
    assert.deepStrictEqual(warned(`${server.cert}${authority.cert}`, { now, key: Redacted.make(server.key) }), [])
  })

  it("the end, from 30 days before it on, and what it means after it", () => {
    const [{ notAfter, notBefore }] = Result.getOrThrow(readCertificates(server.cert))
    const end = new Date(notAfter).toISOString().slice(0, 10)
    assert.deepStrictEqual(reasons(server.cert, { now: notAfter - 30 * DAY }), [])
    assert.deepStrictEqual(warned(server.cert, { now: notAfter - 30 * DAY + 1 }), [
      { reason: "ends_soon", message: `the certificate ends in 29 days, on ${end}: renew it` }
    ])
    assert.deepStrictEqual(
      warned(server.cert, { now: notAfter - DAY / 2 }).map(({ message }) => message),
      [`the certificate ends within a day, on ${end}: renew it`]
    )
    assert.deepStrictEqual(warned(server.cert, { now: notAfter + 1 }), [
      { reason: "expired", message: `the certificate expired on ${end}: clients refuse it` }
    ])
    assert.deepStrictEqual(reasons(server.cert, { now: notBefore - 1 }), ["not_yet_valid"])
  })

  it("the end of a certificate further up in the chain, by its name", () => {
    const messages = warned(`${server.cert}${authority.cert}`, { now: now + 110 * DAY }).map(({ message }) => message)
    assert.lengthOf(messages, 1)
    assert.match(messages[0] ?? "", /^the certificate of CN=the company's CA expired on /)
  })

  it("a key that is another's, none, or readable by everybody", () => {
    const other = authority.issue({ name: "other" })
    assert.deepStrictEqual(reasons(server.cert, { key: Redacted.make(other.key) }), ["key_mismatch"])
    assert.deepStrictEqual(reasons(server.cert, { key: Redacted.make(server.cert) }), ["key_unreadable"])
    assert.deepStrictEqual(reasons(server.cert, { key: Redacted.make(server.key), keyReadableByOthers: true }), [
      "key_readable_by_others"
    ])
  })

  it("a weak key, and no name at all", () => {
    assert.deepStrictEqual(reasons(weak), ["weak_key"])
    assert.deepStrictEqual(reasons(authority.issue({ name: "pbx", until: 100 }).cert), ["no_names"])
  })
})
