/** Reads `ctid.yml` again while the server runs, and applies what is different. */
import {
  type ConfigError,
  CtiServer,
  configDifference,
  describeDifference,
  formatNotice,
  formatProblem,
  isSameDirectory,
  LiveConfig,
  type LiveValues,
  type Notice
} from "@ctid/core"
import { audited } from "@ctid/core/audit"
import * as Clock from "effect/Clock"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import type * as Path from "effect/Path"
import * as Semaphore from "effect/Semaphore"
import { type LoadedConfig, loadConfig } from "../config/load_config.ts"
import { LogVolume } from "../log.ts"
import { type ServedTls, servedTls } from "./server.ts"
import { type LoadedTls, loadTls, sameCredentials } from "./tls_files.ts"

/** What came of the last reading, also of the first one. */
interface ReloadState {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly outcome: "applied" | "unchanged" | "refused"
  /** What is different now, or the first thing that is wrong with the file. */
  readonly detail: string
  /** Sections that are different in the file, and need a restart. */
  readonly needRestart: ReadonlyArray<string>
}

export interface Reloader {
  /** Reads everything again, one reload after the other. False: it was refused, and nothing changed. */
  readonly reload: (by: string) => Effect.Effect<boolean>
  /** Reads what is declared now without taking it over. Null: it is refused. */
  readonly read: Effect.Effect<LiveValues | null>
  /** What came of the last reading, in words, one line each. */
  readonly health: () => ReadonlyArray<string>
  /** Logs what the administrator should know of the certificate now. */
  readonly warnOfCertificate: Effect.Effect<void>
  /** Paths of all files that the configuration in force was made of, and of those in which the last reading found something wrong. */
  readonly files: () => ReadonlyArray<string>
}

/** Problems of a refused file that are logged; the others are counted. */
const LOGGED = 20

const logRefusal = (by: string, { problems }: ConfigError): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const problem of problems.slice(0, LOGGED)) {
      yield* Effect.logError("configuration refused").pipe(Effect.annotateLogs({ problem: formatProblem(problem) }))
    }
    yield* Effect.logError("reload refused, nothing is changed").pipe(
      Effect.annotateLogs(audited("reload_refused", { by, mistakes: problems.length }))
    )
  })

interface Read {
  readonly config: LoadedConfig
  readonly tls: LoadedTls
}

/** Logs what an administrator should know. */
export const logNotices = (notices: ReadonlyArray<Notice>): Effect.Effect<void> =>
  Effect.forEach(
    notices,
    (notice) => Effect.logWarning("configuration").pipe(Effect.annotateLogs({ notice: formatNotice(notice) })),
    { discard: true }
  )

const filesOf = ({ config, tls }: Read): ReadonlyArray<string> => [...config.files, ...tls.files]

const healthOf = ({ at, outcome, detail, needRestart }: ReloadState): ReadonlyArray<string> => [
  `config=${outcome};at=${new Date(at).toISOString()};detail=${detail}`,
  ...(needRestart.length === 0 ? [] : [`restart needed for ${needRestart.join(", ")}`])
]

export const makeReloader = Effect.fnUntraced(function* (options: {
  readonly file: string
  readonly first: LoadedConfig
  readonly firstTls: LoadedTls
  readonly served: ServedTls
  /** Makes the open ports those of a configuration. */
  readonly openPorts: (config: LoadedConfig) => Effect.Effect<void>
}): Effect.fn.Return<Reloader, never, LiveConfig | CtiServer | LogVolume | Path.Path | Digest.Digest> {
  const { file, first, firstTls, openPorts, served } = options
  const live = yield* LiveConfig
  const server = yield* CtiServer
  const volume = yield* LogVolume
  const platform = yield* Effect.context<Path.Path | Digest.Digest>()
  const turn = Semaphore.makeUnsafe(1)
  let inForce = first
  let files = filesOf({ config: first, tls: firstTls })
  let applied: ReloadState = {
    at: yield* Clock.currentTimeMillis,
    outcome: "applied",
    detail: "started",
    needRestart: []
  }
  /** Of the last reading; null: it was in order. */
  let refusal: (ReloadState & { readonly files: ReadonlyArray<string> }) | null = null

  /** Null: it is refused, which is told. */
  const readAll = (by: string): Effect.Effect<Read | null> =>
    Effect.gen(function* () {
      const config = yield* loadConfig(file)
      const tls = yield* loadTls(file, config.tls)
      refusal = null
      return { config, tls }
    }).pipe(
      Effect.provideContext(platform),
      Effect.catch((error) =>
        Effect.gen(function* () {
          yield* logRefusal(by, error)
          const at = yield* Clock.currentTimeMillis
          const [problem] = error.problems
          const detail = problem === undefined ? "" : formatProblem(problem)
          // what is wrong may be mended in a file that is new in it
          refusal = { ...applied, at, outcome: "refused", detail, files: error.problems.map((one) => one.file) }
          return null
        })
      )
    )

  const apply = Effect.fnUntraced(function* (read: Read): Effect.fn.Return<Omit<ReloadState, "at">> {
    const { config, tls } = read
    const declared = live.declared()
    const difference = configDifference({ ...inForce, ...declared }, config)
    const { link, passwords } = difference
    const newCertificate = !sameCredentials(served.credentials, tls.credentials)
    Object.assign(served, servedTls(config, newCertificate ? tls.credentials : served.credentials))
    yield* live.replace({ directory: config.directory, settings: config.settings })
    yield* server.reload()
    yield* openPorts(config)
    volume.set(config.log.level)
    const needRestart = [
      ...(link ? ["ami", "telephony"] : []),
      ...(passwords ? ["passwords"] : []),
      ...(config.liveReload === first.liveReload ? [] : ["server.live_reload"]),
      ...(config.watchFiles === first.watchFiles ? [] : ["server.watch_files"]),
      ...(config.log.format === first.log.format ? [] : ["log.format"])
    ]
    const parts = [
      ...(isSameDirectory(difference.directory) ? [] : [describeDifference(difference.directory)]),
      ...difference.settings.map(String),
      ...difference.listeners.map((name) => `listeners.${name}`),
      ...(difference.tls || newCertificate ? ["tls"] : []),
      ...(difference.log ? ["log"] : [])
    ]
    // what needs a restart stays as it was, and is told again each time
    inForce = { ...config, ami: inForce.ami, telephony: inForce.telephony, passwords: inForce.passwords }
    files = filesOf(read)
    yield* logNotices([...config.notices, ...tls.notices])
    return { outcome: parts.length === 0 ? "unchanged" : "applied", detail: parts.join(", "), needRestart }
  })

  const reload = (by: string): Effect.Effect<boolean> =>
    Effect.gen(function* () {
      const read = yield* readAll(by)
      if (read === null) return false
      applied = { at: yield* Clock.currentTimeMillis, ...(yield* apply(read)) }
      const { outcome, detail, needRestart } = applied
      yield* Effect.logInfo("reload").pipe(Effect.annotateLogs(audited("reload", { by, outcome, detail })))
      if (needRestart.length > 0) {
        yield* Effect.logWarning("restart to apply").pipe(Effect.annotateLogs({ sections: needRestart.join(", ") }))
      }
      return true
    }).pipe(
      // a reload that began is not left half done
      Effect.uninterruptible,
      turn.withPermits(1)
    )

  return {
    reload,
    read: Effect.map(readAll("web interface"), (read) =>
      read === null ? null : { directory: read.config.directory, settings: read.config.settings }
    ),
    health: () => healthOf(refusal ?? applied),
    warnOfCertificate: Effect.suspend(() => loadTls(file, inForce.tls)).pipe(
      Effect.provideContext(platform),
      Effect.flatMap(({ notices }) => logNotices(notices)),
      Effect.catch((error) => Effect.logError("certificate").pipe(Effect.annotateLogs({ detail: error.message })))
    ),
    files: () => [...new Set([...files, ...(refusal?.files ?? [])])]
  }
})
