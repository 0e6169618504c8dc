import { MAX_PHONE_MESSAGE, phonePresence } from "@ctid/core/presence/phone_presence"
import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import {
  changed,
  dutyOf,
  found,
  isForeign,
  isSameValue,
  type LinePresence,
  lost,
  marked,
  NOTHING,
  type PresenceValue,
  telling,
  unknownPresence,
  want,
  writing,
  written
} from "./line_presence.ts"
import { formatPresence, parsePresence } from "./presence_text.ts"

const names = ["available", "away", "busy", "lunch"]

/** What a client or a phone may choose while another one lasts; the rest is refused. */
const allows: Readonly<Record<string, ReadonlyArray<string>>> = {
  available: ["away", "busy", "lunch"],
  away: ["available", "busy"],
  busy: ["available"],
  lunch: ["available", "away"]
}

const ours = (presence: string): PresenceValue => ({ state: "xa", subtype: marked(presence), message: presence })
const phones = (presence: string): PresenceValue => ({ state: "xa", subtype: presence, message: "" })

/** What may happen, at any time. */
type Move =
  /** A client asks for a presence. */
  | { readonly _tag: "Client"; readonly presence: string }
  /** Somebody dials a feature code. */
  | { readonly _tag: "Phone"; readonly presence: string }
  /** Asterisk takes the oldest thing that it was sent. */
  | { readonly _tag: "Execute" }
  /** The oldest thing that Asterisk said arrives. */
  | { readonly _tag: "Arrive" }
  /** The model takes the oldest setting that it was told. */
  | { readonly _tag: "Model" }
  | { readonly _tag: "Lose" }
  | { readonly _tag: "Return" }
  /** Everything is asked for again. */
  | { readonly _tag: "Ask" }

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("Client" as const), presence: fc.constantFrom(...names) }) },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("Phone" as const), presence: fc.constantFrom(...names) }) },
  { weight: 8, arbitrary: fc.constantFrom<Move>({ _tag: "Execute" }, { _tag: "Arrive" }, { _tag: "Model" }) },
  { weight: 1, arbitrary: fc.constantFrom<Move>({ _tag: "Lose" }, { _tag: "Return" }, { _tag: "Ask" }) }
)

type Said =
  | { readonly _tag: "Event"; readonly value: PresenceValue }
  | { readonly _tag: "Done" }
  | { readonly _tag: "Is"; readonly value: PresenceValue; readonly touched: number }

/** An Asterisk, the machine, and a model with one user; what crosses between them takes its time, in order, and is lost with the link. */
class World {
  presence = "available"
  asterisk: PresenceValue = NOTHING
  line: LinePresence = want(unknownPresence, ours("available"))
  /** Asterisk's value was set at a phone and the machine has not said so. */
  up = false
  writing = false
  touched = 0
  readonly sent: Array<PresenceValue | { readonly ask: number }> = []
  readonly said: Array<Said> = []
  readonly told: Array<string> = []
  readonly accepted: Array<string> = []
  writes = 0
  dialled = 0
  tellings = 0
  asked = 0
  links = 0
  wishes = 0

  play(one: Move): void {
    switch (one._tag) {
      case "Client":
        return this.#apply(one.presence)
      case "Phone":
        this.dialled++
        this.asterisk = phones(one.presence)
        if (this.up) this.said.push({ _tag: "Event", value: this.asterisk })
        return
      case "Execute":
        return this.#execute()
      case "Arrive":
        return this.#arrive()
      case "Model": {
        const presence = this.told.shift()
        if (presence !== undefined) this.#apply(presence)
        return
      }
      case "Lose":
        this.up = false
        this.sent.length = 0
        this.said.length = 0
        this.writing = false
        this.line = lost(this.line)
        return
      case "Return":
        if (this.up) return
        this.up = true
        this.links++
        return this.#ask()
      case "Ask":
        if (this.up) this.#ask()
    }
  }

  /** Whatever is on its way arrives, and the link is up. */
  settle(): void {
    this.play({ _tag: "Return" })
    for (let steps = 0; this.sent.length + this.said.length + this.told.length > 0; steps++) {
      assert.isBelow(steps, 1000, "it never comes to rest")
      for (const _tag of ["Execute", "Arrive", "Model"] as const) this.play({ _tag })
    }
  }

  /** The model: one change after the other, and an answer to each. */
  #apply(presence: string): void {
    if (presence === this.presence || allows[this.presence]?.includes(presence) === true) {
      this.presence = presence
      this.accepted.push(presence)
    }
    this.wishes++
    this.line = want(this.line, ours(this.presence))
    this.#do()
  }

  #ask(): void {
    this.asked++
    this.sent.push({ ask: this.touched })
  }

  #do(): void {
    switch (dutyOf(this.line)) {
      case "nothing":
        if (!this.writing) this.line = written(this.line)
        return
      case "tell":
        this.tellings++
        this.told.push(this.line.there?.subtype ?? "")
        this.line = telling(this.line)
        return
      case "write":
        if (!this.up || this.writing) return
        this.writing = true
        this.touched++
        this.writes++
        this.line = writing(this.line)
        this.sent.push(ours(this.presence))
        return
      case "read":
        if (this.up && !this.sent.some((one) => "ask" in one) && !this.said.some(({ _tag }) => _tag === "Is")) this.#ask()
    }
  }

  #execute(): void {
    const one = this.sent.shift()
    if (one === undefined) return
    if ("ask" in one) {
      this.said.push({ _tag: "Is", value: this.asterisk, touched: one.ask })
      return
    }
    this.asterisk = one
    this.said.push({ _tag: "Event", value: one }, { _tag: "Done" })
  }

  #arrive(): void {
    const one = this.said.shift()
    if (one === undefined) return
    switch (one._tag) {
      case "Event":
        if (isForeign(one.value)) this.touched++
        this.line = changed(this.line, one.value)
        break
      case "Done":
        this.writing = false
        this.touched++
        this.line = written(this.line)
        break
      case "Is":
        // out of date, and asked again by whoever waits for it
        if (one.touched === this.touched && !this.writing) this.line = found(this.line, one.value)
        break
    }
    this.#do()
  }
}

const played = (moves: ReadonlyArray<Move>): World => {
  const world = new World()
  for (const one of moves) world.play(one)
  return world
}

const runs = { numRuns: 1500 }

describe("the presence of a line, its echoes and its phones", () => {
  it("law: whatever the order, and whatever was lost, phones end with the model's presence", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const world = played(moves)
        world.settle()
        assert.deepStrictEqual(world.asterisk, ours(world.presence))
        assert.strictEqual(dutyOf(world.line), "nothing")
        assert.isFalse(world.line.missed)
      }),
      runs
    )
  })

  it("law: our own write is never told as a setting, and a setting is told once at most", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const world = played(moves)
        world.settle()
        assert.isAtMost(world.tellings, world.dialled)
      }),
      runs
    )
    fc.assert(
      fc.property(
        fc.array(
          move.filter(({ _tag }) => _tag !== "Phone"),
          { maxLength: 60 }
        ),
        (moves) => {
          const world = played(moves)
          world.settle()
          assert.strictEqual(world.tellings, 0)
        }
      ),
      runs
    )
  })

  it("law: there is no loop: each write has a cause of its own", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const world = played(moves)
        world.settle()
        assert.isAtMost(world.writes, world.wishes + world.asked)
        const before = world.writes
        for (let i = 0; i < 5; i++) {
          world.play({ _tag: "Ask" })
          world.settle()
        }
        assert.strictEqual(world.writes, before, "at rest, asking again writes nothing")
      }),
      runs
    )
  })

  it("law: the last setting at a phone is taken over, unless it may not be chosen or a client was later", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), fc.constantFrom(...names), fc.boolean(), (moves, presence, away) => {
        const world = played(moves)
        world.settle()
        if (away) world.play({ _tag: "Lose" })
        const may = presence === world.presence || allows[world.presence]?.includes(presence) === true
        const before = world.presence
        world.play({ _tag: "Phone", presence })
        world.settle()
        assert.strictEqual(world.presence, may ? presence : before)
        assert.deepStrictEqual(world.asterisk, ours(world.presence))
      }),
      runs
    )
  })

  it("law: what a client asked for during an outage counts for more than what was set at a phone meanwhile", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), fc.constantFrom(...names), (moves, presence) => {
        const world = played(moves)
        world.settle()
        const next = allows[world.presence]?.[0] ?? ""
        world.play({ _tag: "Lose" })
        world.play({ _tag: "Phone", presence })
        world.play({ _tag: "Client", presence: next })
        world.settle()
        assert.strictEqual(world.presence, next)
      }),
      runs
    )
  })

  it("what was set at a phone before anything was wanted is taken over", () => {
    const line = want(found(unknownPresence, phones("away")), ours("available"))
    assert.strictEqual(dutyOf(line), "tell")
    assert.strictEqual(dutyOf(found(unknownPresence, phones("away"))), "nothing")
    assert.strictEqual(dutyOf(want(found(unknownPresence, ours("away")), ours("available"))), "write")
  })

  it("what is set at a phone while a client's change is being written is told, and does not go under", () => {
    const line = writing(want(want(found(unknownPresence, NOTHING), ours("available")), ours("away")))
    assert.strictEqual(dutyOf(changed(line, phones("busy"))), "tell")
    assert.strictEqual(dutyOf(changed(line, ours("lunch"))), "nothing")
  })
})

describe("values of PRESENCE_STATE", () => {
  it("what is written is read back as it was, and is one short line without a comma too many", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), fc.string({ unit: "binary" }), (longName, note) => {
        const group = {
          name: "g",
          presences: new Map([
            ["away", { name: "away", longName, color: "#000000", allowed: null, actions: [], phoneState: "away" as const }]
          ])
        }
        const shown = phonePresence(group, "away", note)
        if (shown === null) throw new Error("shown")
        assert.isAtMost(shown.message.length, MAX_PHONE_MESSAGE)
        const value = { state: shown.state, subtype: marked(shown.presence), message: shown.message }
        const text = formatPresence(value)
        assert.match(text, /^[a-z_]+,[A-Za-z0-9+/=]*,[A-Za-z0-9+/=]*,e$/)
        assert.isBelow(text.length, 900)
        assert.isTrue(isSameValue(parsePresence(text), value))
      }),
      { numRuns: 300 }
    )
  })

  it("reads what dialplans and consoles write", () => {
    assert.deepStrictEqual(parsePresence("away"), { state: "away", subtype: "", message: "" })
    assert.deepStrictEqual(parsePresence("xa,lunch,back at 14"), { state: "xa", subtype: "lunch", message: "back at 14" })
    assert.deepStrictEqual(parsePresence(" dnd,,é,"), { state: "dnd", subtype: "", message: "é" })
    assert.deepStrictEqual(parsePresence("dnd,&&&,!,e"), { state: "dnd", subtype: "&&&", message: "!" })
    assert.deepStrictEqual(parsePresence(""), NOTHING)
  })
})
