import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { delayAfter } from "./debts.ts"
import { defaultGuessRules, type Guess, GuessDelays } from "./guess_delays.ts"

const rules = defaultGuessRules
const guess = (login: string, peer = "192.0.2.1", shared = false): Guess => ({ login, peer, shared })

/** Fails so often, each time as soon as it may, and answers the moment after it. */
const fail = (delays: GuessDelays, who: Guess, times: number, from = 0): number => {
  let now = from
  for (let n = 0; n < times; n++) {
    const wait = delays.begin(who, now)
    if (wait === null) return assert.fail("refused")
    now += wait
    delays.wrong(who, now)
  }
  return now
}

describe("the delay", () => {
  it("is none at first, doubles, and has an end", () => {
    const rule = { free: 2, first: 100, longest: 1_000, forgiven: 1 }
    assert.deepStrictEqual(
      [0, 2, 3, 4, 5, 6, 7, 1000].map((failures) => delayAfter(rule, failures)),
      [0, 0, 100, 200, 400, 800, 1_000, 1_000]
    )
  })
})

describe("guessing a password", () => {
  it("of one account from one address waits longer each time, and is never refused to who waits", () => {
    const delays = new GuessDelays()
    const alice = guess("alice")
    const waits: Array<number | null> = []
    let now = 0
    for (let n = 0; n < 12; n++) {
      const wait = delays.begin(alice, now)
      waits.push(wait)
      now += wait ?? 0
      delays.wrong(alice, now)
    }
    assert.deepStrictEqual(waits.slice(0, 9), [0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000])
    assert.isTrue(waits.slice(9).every((wait) => wait === 16_000))
  })

  it("costs those nothing who come from elsewhere, or sign in as somebody else", () => {
    const delays = new GuessDelays()
    const now = fail(delays, guess("alice"), 9)
    assert.strictEqual(delays.begin(guess("alice", "198.51.100.1"), now), 0)
    assert.strictEqual(delays.begin(guess("bob"), now), 0)
  })

  it("many at a time gain nothing: each waits for the one before it, and those at the end are refused", () => {
    const delays = new GuessDelays()
    const waits = Array.from({ length: 10 }, () => delays.begin(guess("alice"), 0))
    assert.deepStrictEqual(waits, [0, 0, 0, 0, 1_000, 3_000, 7_000, 15_000, null, null])
  })

  it("of many accounts from one address waits for the address", () => {
    const delays = new GuessDelays()
    let now = 0
    for (let n = 0; n < 40; n++) now = fail(delays, guess(`user${n}`), 1, now)
    assert.strictEqual(delays.begin(guess("alice"), now), rules.address.longest)
    assert.strictEqual(delays.begin(guess("alice", "198.51.100.1"), now), 0)
  })

  it("from an address that many share waits for the account alone", () => {
    const delays = new GuessDelays()
    for (let n = 0; n < 40; n++) fail(delays, guess(`user${n}`, "127.0.0.1", true), 1)
    assert.strictEqual(delays.begin(guess("alice", "127.0.0.1", true), 0), 0)
    const now = fail(delays, guess("bob", "127.0.0.1", true), 5)
    assert.strictEqual(delays.begin(guess("bob", "127.0.0.1", true), now), 2_000)
  })

  it("of one account from many addresses makes strangers wait, but not where that account has signed in from", () => {
    const delays = new GuessDelays()
    const home = guess("alice", "203.0.113.1")
    delays.begin(home, 0)
    delays.right(home)
    for (let n = 0; n < 40; n++) fail(delays, guess("alice", `192.0.2.${n}`), 1)
    assert.strictEqual(delays.begin(guess("alice", "198.51.100.1"), 0), rules.account.longest)
    assert.strictEqual(delays.begin(guess("alice", "198.51.100.2"), 0), rules.account.longest, "nobody waits for the others")
    assert.strictEqual(delays.begin(home, 0), 0)
  })

  it("is forgotten at once where the password was right, and so is the wait for the address", () => {
    const delays = new GuessDelays()
    const alice = guess("alice")
    let now = fail(delays, alice, 8)
    for (let n = 0; n < 40; n++) now = fail(delays, guess(`user${n}`), 1, now)
    now += delays.begin(alice, now) ?? assert.fail("refused")
    delays.right(alice)
    assert.deepStrictEqual([delays.begin(alice, now), delays.begin(alice, now)], [0, 0])
    assert.isAbove(delays.begin(guess("bob"), now) ?? 0, 0)
  })

  it("counts nothing where the password was not looked at", () => {
    const delays = new GuessDelays()
    for (let n = 0; n < 20; n++) {
      assert.strictEqual(delays.begin(guess("alice"), 0), 0)
      delays.undecided(guess("alice"), 0)
    }
  })

  it("locks nobody out: whatever happened, after ten quiet minutes nobody waits", () => {
    const attempt = fc.record({
      login: fc.constantFrom("alice", "bob", "x".repeat(300)),
      peer: fc.constantFrom("192.0.2.1", "192.0.2.2"),
      shared: fc.boolean(),
      after: fc.nat(20_000),
      outcome: fc.constantFrom("wrong", "right", "undecided", "never told")
    })
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 200 }), (attempts) => {
        const delays = new GuessDelays()
        let now = 0
        for (const { after, outcome, ...who } of attempts) {
          now += after
          const wait = delays.begin(who, now)
          assert.isTrue(wait === null || (wait >= 0 && wait <= rules.longestWait))
          if (wait === null) continue
          if (outcome === "right") delays.right(who)
          else if (outcome !== "never told") delays[outcome](who, now + wait)
        }
        const later = now + rules.longestWait + 10 * 60_000
        for (const { login, peer, shared } of attempts) {
          const wait = delays.begin({ login, peer, shared }, later)
          assert.strictEqual(wait, 0)
          delays.right({ login, peer, shared })
        }
      })
    )
  })

  it("of one account from one address comes to no more than four at once and then one each 16 seconds", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { minLength: 50, maxLength: 400 }), (gaps) => {
        const delays = new GuessDelays()
        let now = 0
        const begun: Array<number> = []
        for (const gap of gaps) {
          now += gap
          const wait = delays.begin(guess("alice"), now)
          if (wait === null) continue
          begun.push(now + wait)
          delays.wrong(guess("alice"), now + wait)
        }
        const last = begun.at(-1) ?? 0
        // what is forgiven meanwhile gives back at most one short delay a minute
        assert.isAtMost(begun.length, 9 + Math.ceil(last / 16_000) + Math.ceil(last / 60_000))
      })
    )
  })

  it("fills no memory, however many try", () => {
    const delays = new GuessDelays({ ...rules, remembered: 50 })
    for (let n = 0; n < 5_000; n++) {
      const who = guess(`user${n}`, `192.0.${n % 250}.${n % 7}`)
      delays.begin(who, n)
      if (n % 3 === 0) delays.right(who)
      else delays.wrong(who, n)
    }
    assert.isAtMost(delays.size, 200)
  })

  it("keeps a long login name only as that", () => {
    const delays = new GuessDelays()
    const now = fail(delays, guess("x".repeat(60_000)), 8)
    assert.isAbove(delays.begin(guess("y".repeat(60_000)), now) ?? 0, 0)
  })
})
