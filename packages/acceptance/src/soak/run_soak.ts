/** One soak from its beginning to its end, and what came of it. */
import { becomes } from "../binary/deadline.ts"
import { openFiles } from "../binary/open_files.ts"
import { type Ended, WatchedCtid } from "../binary/watched_ctid.ts"
import type { Comparison } from "./comparison.ts"
import type { LoadCounts } from "./load_child.ts"
import { makeSoakFolder, PASSWORD, type SoakFolder } from "./soak_folder.ts"
import { SoakLog } from "./soak_log.ts"
import { type MemoryFigures, memoryFaults, memoryFigures } from "./soak_memory.ts"
import type { SoakOptions } from "./soak_options.ts"
import { work } from "./soak_work.ts"
import { pbxIsBack, placesOf, SoakWorld, WHILE } from "./soak_world.ts"
import type { EndedLink } from "./town.ts"

/** Milliseconds without a word to anybody that make the end: longer than Asterisk's polls are apart. */
const QUIET = 12_000
/** Milliseconds until the sockets of clients who left are closed. */
const CLOSING = 30_000
/** The one that `ctid.yml` has where it names none. */
const SERVER_UUID = "c71d0000-0000-4000-8000-000000000001"

export interface SoakResult {
  readonly options: SoakOptions
  readonly counts: LoadCounts
  readonly comparison: Comparison
  readonly comparedAtRests: number
  readonly memory: MemoryFigures
  readonly files: { readonly before: number | null; readonly after: number | null }
  readonly warnings: ReadonlyMap<string, number>
  readonly asteriskSteps: number
  readonly end: Ended
  /** Seconds: until everybody had signed in, and in all. */
  readonly took: { readonly signIn: number; readonly all: number }
  readonly faults: ReadonlyArray<string>
}

const signIn = (world: SoakWorld, ctid: WatchedCtid, folder: SoakFolder) =>
  world.order(
    {
      _tag: "Start",
      seed: `${world.options.seed} people`,
      companies: world.companies,
      places: placesOf(ctid),
      serverUuid: SERVER_UUID,
      password: PASSWORD,
      ca: folder.ca,
      fingerprint: folder.fingerprint,
      loginsPerSecond: world.options.loginsPerSecond,
      actsPerSecond: world.options.actsPerSecond
    },
    WHILE,
    "everybody signs in"
  )

const withServer = async (world: SoakWorld, ctid: WatchedCtid, folder: SoakFolder, log: SoakLog): Promise<SoakResult> => {
  const up = pbxIsBack(ctid)
  await ctid.ready
  await up
  const [filesBefore, memoryBefore] = [openFiles(ctid.pid), await ctid.memory()]
  world.tell(`ctid is ready; ${world.people.length} people are declared in ${world.companies} companies`)
  const stop = world.tellNowAndThen(({ online }) => `${online} have signed in`)
  await signIn(world, ctid, folder).finally(stop)
  const signedIn = world.elapsed
  world.tell("everybody has signed in and knows everything")
  const done = await work(world, ctid, folder, log)
  await world.asteriskLives(false)
  await world.order({ _tag: "Rest", quiet: QUIET }, WHILE, "everybody is back and nothing more is told")
  world.tell("everything is quiet; comparing")
  const states = await world.asteriskStates("after")
  const { comparison } = await world.order({ _tag: "Compare", states, most: world.people.length }, WHILE, "compare all views")
  if (comparison === null) throw new Error("nothing was compared")
  const { ends, counts } = await world.order({ _tag: "Leave" }, WHILE, "everybody leaves")
  await becomes(() => (openFiles(ctid.pid) ?? 0) <= (filesBefore ?? 0), CLOSING)
  // its log tells of an end after it has closed the socket
  await becomes(() => log.ended >= ends.length, CLOSING)
  const files = { before: filesBefore, after: openFiles(ctid.pid) }
  const memory = memoryFigures(memoryBefore, done.samples, await ctid.memory(), done.changedAt)
  const result = {
    options: world.options,
    counts,
    comparison,
    comparedAtRests: done.compared,
    memory,
    files,
    warnings: log.counts,
    asteriskSteps: world.asteriskSteps,
    end: await ctid.terminate(),
    took: { signIn: signedIn, all: world.elapsed }
  }
  const faults = [
    ...counts.faults,
    ...(counts.faultCount > counts.faults.length ? [`and ${counts.faultCount - counts.faults.length} more`] : []),
    ...done.differences,
    ...comparison.differences
  ]
  return { ...result, faults: [...faults, ...serverFaults(result, ends, log, world.people.length)] }
}

/** What is wrong with the server itself, as its log, its memory and its end say. */
const serverFaults = (
  { memory, files, end }: Pick<SoakResult, "memory" | "files" | "end">,
  ends: ReadonlyArray<EndedLink>,
  log: SoakLog,
  people: number
): ReadonlyArray<string> => [
  ...log.unexplainedEnds(ends),
  ...log.unexpected,
  ...memoryFaults(memory, people),
  ...(files.after !== null && files.before !== null && files.after > files.before
    ? [`${files.after} files are open after everybody left, ${files.before} before anybody came`]
    : []),
  ...(end.code === 0 ? [] : [`ctid ended after SIGTERM with ${end.signal ?? `exit code ${end.code}`}`])
]

export const runSoak = async (options: SoakOptions, say: (line: string) => void): Promise<SoakResult> => {
  const world = new SoakWorld(options, say)
  const log = new SoakLog()
  try {
    await world.startAsterisk()
    const folder = await makeSoakFolder(world.people, world.companies, world.amiPort)
    const ctid = new WatchedCtid(folder.file, log.add)
    try {
      return await Promise.race([withServer(world, ctid, folder, log), ctid.died])
    } catch (error) {
      const said = log.unexpected.length === 0 ? "" : `\nIts log:\n${log.unexpected.join("\n")}`
      throw new Error(`${error instanceof Error ? error.message : String(error)}${said}`)
    } finally {
      await ctid.kill()
      await folder.remove()
    }
  } finally {
    await world.end()
  }
}
