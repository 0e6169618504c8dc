/** The folder of a soak: `ctid.yml`, its CSV files and its certificates, replaced as an administrator would. */
import { X509Certificate } from "node:crypto"
import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PasswordHash } from "@ctid/core/password/password_hash"
import { NodePasswordHash } from "@ctid/platform-node/node_password_hash"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { runCommand } from "../binary/watched_ctid.ts"
import { SERVER_NAME } from "./cti_link.ts"
import { linesCsv, type SoakUser, type Stage, usersCsv } from "./population.ts"
import { soakConfig } from "./soak_config.ts"

export const PASSWORD = "soak-password"

export interface SoakFolder {
  readonly file: string
  readonly ca: string
  /** Of the certificate that the server shows first. */
  readonly fingerprint: string
  /** Puts the configuration of a stage into its place. */
  readonly configure: (stage: Stage) => Promise<void>
  /** Puts one into its place that has to be refused. */
  readonly spoil: () => Promise<void>
  /** Makes another certificate of the same CA: its fingerprint, and what puts it into its place. */
  readonly renew: () => Promise<{ readonly fingerprint: string; readonly place: () => Promise<void> }>
  readonly remove: () => Promise<void>
}

/** Cheap on purpose: 5,000 people sign in, and what a hash costs is not what is looked for. */
const cheapHash: Effect.Effect<string> = Effect.flatMap(PasswordHash, (hash) => hash.hash(Redacted.make(PASSWORD))).pipe(
  Effect.provide(NodePasswordHash.layer({ memory: 8, passes: 1 })),
  Effect.orDie
)

const fingerprintOf = async (file: string): Promise<string> => new X509Certificate(await readFile(file)).fingerprint256

export const makeSoakFolder = async (
  people: ReadonlyArray<SoakUser>,
  companies: number,
  amiPort: number
): Promise<SoakFolder> => {
  const folder = await mkdtemp(join(tmpdir(), "ctid-soak-"))
  const at = (...names: ReadonlyArray<string>): string => join(folder, ...names)
  const file = at("ctid.yml")
  const hash = await Effect.runPromise(cheapHash)

  /** Whole or not at all: a file is watched. */
  const put = async (name: string, content: string): Promise<void> => {
    await writeFile(at(`${name}.new`), content, { mode: 0o600 })
    await rename(at(`${name}.new`), at(name))
  }

  const textOf = (stage: Stage): string =>
    JSON.stringify(
      soakConfig({
        people,
        companies,
        stage,
        amiPort,
        users: `users-${stage}.csv`,
        lines: `lines-${stage}.csv`,
        certificate: "tls/server.pem",
        key: "tls/server.key"
      }),
      null,
      1
    )

  const configure = async (stage: Stage): Promise<void> => {
    await put(`users-${stage}.csv`, usersCsv(people, stage, { plain: PASSWORD, hash }))
    await put(`lines-${stage}.csv`, linesCsv(people, stage))
    await put("ctid.yml", textOf(stage))
  }

  await runCommand(["cert", "init", "--dir", at("tls"), "--name", SERVER_NAME])
  await configure("before")
  return {
    file,
    ca: await readFile(at("tls", "ca.pem"), "utf8"),
    fingerprint: await fingerprintOf(at("tls", "server.pem")),
    configure,
    spoil: () =>
      put("ctid.yml", textOf("before").replace('"context_separation": true', '"context_separation": true, "nonsense": 1')),
    renew: async () => {
      await cp(at("tls"), at("tls-next"), { recursive: true })
      await runCommand(["cert", "renew", "--dir", at("tls-next")])
      const place = (): Promise<void> => rename(at("tls-next", "server.pem"), at("tls", "server.pem"))
      return { fingerprint: await fingerprintOf(at("tls-next", "server.pem")), place }
    },
    remove: () => rm(folder, { recursive: true, force: true })
  }
}
