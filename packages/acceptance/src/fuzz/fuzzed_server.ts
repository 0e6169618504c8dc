/** The server under attack: the binary in a process of its own, with an untrustworthy Asterisk behind it, watched. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { becomes, within } from "../binary/deadline.ts"
import { type LogEntry, showEntry } from "../binary/log_entry.ts"
import { openFiles, residentBytes } from "../binary/open_files.ts"
import type { ProbeAnswer } from "../binary/probe.ts"
import { type Place, runCommand, WatchedCtid } from "../binary/watched_ctid.ts"
import { AmiAttacker } from "./ami_attacker.ts"
import { attack, forbidden, portOf } from "./attack.ts"
import { Attacker } from "./attacker.ts"
import { DecoderWatch } from "./decoder_watch.ts"
import { checkDecoder } from "./decoders.ts"
import { bytesOf, type FuzzCase, TARGETS, type Target } from "./fuzz_case.ts"
import { DOCTOR, fuzzConfig } from "./fuzz_config.ts"

/** Milliseconds in which the doctor must be served, however busy the machine is. */
const EXAMINATION = 60_000
/** Milliseconds after the last attack until everything it took is given back: longer than every deadline of the server. */
const RECOVERY = 30_000
/** Bytes of heap and buffers that may be there more than at the beginning: code is compiled, people are known. */
const HEAP_GROWTH = 32 * 1024 * 1024
/** Bytes of resident memory, at any time. */
const MOST_RESIDENT = 700 * 1024 * 1024
/** A refused login at Asterisk, which an untrustworthy one may say; a configuration is never changed here. */
const EXPECTED = new Set(["ami"])
/** Complaints that are kept. */
const KEPT = 20

interface Health {
  readonly memory: ProbeAnswer
  readonly files: number | null
}

export class FuzzedServer {
  readonly #ctid: WatchedCtid
  readonly #asterisk: AmiAttacker
  readonly #folder: string
  readonly #complaints: Array<string> = []
  readonly #decoders = new DecoderWatch()
  #before: Health | null = null
  mostResident = 0
  /** Bytes of heap and buffers that were there more at the end than at the beginning. */
  kept = 0

  private constructor(folder: string, asterisk: AmiAttacker) {
    this.#folder = folder
    this.#asterisk = asterisk
    this.#ctid = new WatchedCtid(join(folder, "ctid.yml"), (entry) => this.#read(entry))
    this.#ctid.died.catch((error: Error) => this.#complain(error.message))
  }

  static async start(): Promise<FuzzedServer> {
    const folder = await mkdtemp(join(tmpdir(), "ctid-fuzz-"))
    await runCommand(["cert", "init", "--dir", folder, "--name", "localhost"])
    const asterisk = await AmiAttacker.start()
    const config = fuzzConfig({ amiPort: asterisk.port, certificate: "server.pem", key: "server.key" })
    await writeFile(join(folder, "ctid.yml"), JSON.stringify(config, null, 1), { mode: 0o600 })
    const server = new FuzzedServer(folder, asterisk)
    try {
      await server.#ctid.ready
      // once through the whole of it, so that what is made at first use is there
      await server.examine()
      server.#before = { memory: await server.#ctid.memory(), files: openFiles(server.#ctid.pid) }
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /** What can be attacked here: a port that is not open cannot. */
  get targets(): ReadonlyArray<Target> {
    return TARGETS.filter((target) => {
      const port = portOf(target)
      return port === null || this.#ctid.ports.has(port)
    })
  }

  /** What went wrong since it was asked last. */
  takeComplaints(): ReadonlyArray<string> {
    this.mostResident = Math.max(this.mostResident, residentBytes(this.#ctid.pid) ?? 0)
    if (this.mostResident > MOST_RESIDENT)
      this.#complain(`${this.mostResident} bytes of resident memory; the bound is ${MOST_RESIDENT}`)
    return this.#complaints.splice(0)
  }

  async play(one: FuzzCase): Promise<void> {
    if (one.target === "decoders") {
      const complaint = this.#decoders.check(one, () => checkDecoder(one.decoder ?? "", bytesOf(one)))
      if (complaint !== null) this.#complain(complaint)
      return
    }
    if (!this.#ctid.isRunning) return
    if (one.target === "ami") return this.#asterisk.attack(one)
    const place = this.#ctid.ports.get(portOf(one.target) ?? "")
    const complaint = place === undefined ? null : await attack(one, place)
    if (complaint !== null) this.#complain(`${one.target}: ${complaint}`)
  }

  /** Whether it still serves: a new client signs in and is answered. */
  async examine(): Promise<void> {
    const place = this.#ctid.ports.get("cti")
    if (place === undefined || !this.#ctid.isRunning) return
    await this.#complainOf(within(EXAMINATION, "a client is served", this.#visit(place)))
  }

  /** Everything that was taken is given back, when nobody attacks any more. */
  async recover(): Promise<void> {
    const before = this.#before
    if (before === null || !this.#ctid.isRunning) return
    this.#asterisk.cut()
    await this.examine()
    const { files } = before
    if (files !== null && !(await becomes(() => (openFiles(this.#ctid.pid) ?? 0) <= files, RECOVERY))) {
      this.#complain(`${openFiles(this.#ctid.pid)} files are open after everybody left, ${files} before anybody came`)
    }
    const memory = await this.#complainOf(this.#ctid.memory())
    if (memory === null) return
    const sizeOf = ({ heap, external }: ProbeAnswer): number => heap + external
    this.kept = sizeOf(memory) - sizeOf(before.memory)
    if (this.kept > HEAP_GROWTH) {
      this.#complain(`${this.kept} bytes of heap are kept after everybody left; the bound is ${HEAP_GROWTH}`)
    }
  }

  async end(): Promise<void> {
    if (!this.#ctid.isRunning) return
    const ended = await this.#complainOf(this.#ctid.terminate())
    if (ended !== null && ended.code !== 0)
      this.#complain(`ctid ended after SIGTERM with ${ended.signal ?? `exit code ${ended.code}`}`)
  }

  async stop(): Promise<void> {
    await this.#ctid.kill()
    await this.#asterisk.stop()
    await this.#decoders.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What it comes to; null: it failed, which is a complaint. */
  #complainOf<A>(promise: Promise<A>): Promise<A | null> {
    return promise.catch((error: unknown) => {
      this.#complain(error instanceof Error ? error.message : String(error))
      return null
    })
  }

  async #visit(place: Place): Promise<void> {
    // somebody may have been told to hide everybody
    this.#ctid.hangUp()
    const visitor = new Attacker(place)
    const say = (message: object): void => visitor.write(Buffer.from(`${JSON.stringify(message)}\n`))
    try {
      await visitor.open()
      say({ class: "login_id", userlogin: DOCTOR.login, company: "xivo", ident: "doctor", wazoversion: "2.3" })
      say({ class: "login_pass", password: DOCTOR.password })
      say({ class: "login_capas", capaid: 1, state: "available" })
      say({ class: "getlist", function: "listid", listname: "users", tipbxid: "xivo" })
      await visitor.until(() => visitor.heard.includes('"function":"listid"'), EXAMINATION)
      if (!visitor.heard.includes('"function":"listid"'))
        throw new Error(`a client is not served: ${visitor.heard.slice(0, 500)}`)
    } finally {
      visitor.destroy()
    }
  }

  #read(entry: LogEntry): void {
    const { level, message } = entry
    const names = ["reason", "detail", "cause", "problem", "signal", "listener"]
    if (level === "stray" || ((level === "error" || level === "fatal") && !EXPECTED.has(message))) {
      this.#complain(`the log has ${level}: ${showEntry(entry, names)}`)
    }
    const told = forbidden(entry.text)
    if (told !== null) this.#complain(`in the log ${told}`)
  }

  #complain(text: string): void {
    if (this.#complaints.length < KEPT) this.#complaints.push(text)
  }
}
