/** One attempt at breaking something, as data: it can be made from a seed, written to a file, and played again. */

/** What is attacked: a port of the server, its link to Asterisk, or the decoders without a server. */
export const TARGETS = [
  "cti",
  "starttls",
  "ctis",
  /** Bytes that are no TLS, where TLS is wanted. */
  "ctis_raw",
  "web_interface",
  "info",
  "fast_agi",
  "announce",
  "ami",
  "decoders"
] as const
export type Target = (typeof TARGETS)[number]

export type Step =
  | { readonly _tag: "Write"; readonly bytes: Uint8Array }
  /** Milliseconds. */
  | { readonly _tag: "Pause"; readonly milliseconds: number }
  /** Waits until something has come since the last step of this kind, but not long. */
  | { readonly _tag: "Hear" }
  /** Does not read any more. */
  | { readonly _tag: "Deaf" }
  /** Waits until the server has enough of it, longer than its deadlines. */
  | { readonly _tag: "Outlast" }
  | { readonly _tag: "End" }
  | { readonly _tag: "Reset" }

export interface FuzzCase {
  readonly target: Target
  /** Of the decoders, which one. */
  readonly decoder: string | null
  readonly steps: ReadonlyArray<Step>
}

/** As JSON has it: bytes are Base64. */
type WrittenStep = Exclude<Step, { readonly _tag: "Write" }> | { readonly _tag: "Write"; readonly base64: string }

export interface WrittenCase {
  readonly target: Target
  readonly decoder: string | null
  readonly steps: ReadonlyArray<WrittenStep>
}

export const writeCase = ({ target, decoder, steps }: FuzzCase): WrittenCase => ({
  target,
  decoder,
  steps: steps.map((step) =>
    step._tag === "Write" ? { _tag: "Write", base64: Buffer.from(step.bytes).toString("base64") } : step
  )
})

export const readCase = ({ target, decoder, steps }: WrittenCase): FuzzCase => ({
  target,
  decoder,
  steps: steps.map((step) =>
    step._tag === "Write" ? { _tag: "Write", bytes: Uint8Array.from(Buffer.from(step.base64, "base64")) } : step
  )
})

/** All bytes that are written, in one piece. */
export const bytesOf = ({ steps }: FuzzCase): ReadonlyArray<Uint8Array> =>
  steps.flatMap((step) => (step._tag === "Write" ? [step.bytes] : []))
