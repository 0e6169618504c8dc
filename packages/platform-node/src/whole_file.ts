/** Writing a file so that whoever reads it finds the old one or the new one, whole. */
import { randomBytes } from "node:crypto"
import { open, rename, rm, stat } from "node:fs/promises"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { codeOf } from "./wire_error.ts"

export class WholeFileError extends Data.TaggedError("WholeFileError")<{
  readonly path: string
  /** A sentence that names the file; never a part of what is in it. */
  readonly message: string
}> {}

export interface WholeFileOptions {
  /** Only this user may read it. Of a file that is replaced, what its group may do is kept. Default false. */
  readonly secret?: boolean | undefined
}

const sentence = (code: string): string => {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such folder"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "may not be written by this user"
    case "ENOSPC":
    case "EDQUOT":
      return "there is no room left"
    default:
      return `cannot be written (${code})`
  }
}

const GROUP = 0o070

/** What is there already; null: nothing. */
const present = (path: string) =>
  stat(path).catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return null
    throw cause
  })

const write = async (path: string, text: string, secret: boolean): Promise<void> => {
  const before = await present(path)
  const draft = `${path}.${randomBytes(6).toString("hex")}`
  const file = await open(draft, "wx", 0o600)
  try {
    await file.writeFile(text)
    // A file that root renews still belongs to the server's user.
    if (before !== null) await file.chown(before.uid, before.gid).catch(() => {})
    await file.chmod(secret ? 0o600 | ((before?.mode ?? 0) & GROUP) : 0o644)
    await file.sync()
    await file.close()
    await rename(draft, path)
  } catch (cause) {
    await file.close().catch(() => {})
    await rm(draft, { force: true })
    throw cause
  }
}

/** Writes a file beside its place and moves it there. */
export const writeWholeFile = (
  path: string,
  text: string,
  { secret = false }: WholeFileOptions = {}
): Effect.Effect<void, WholeFileError> =>
  Effect.tryPromise({
    try: () => write(path, text, secret),
    catch: (cause) => new WholeFileError({ path, message: `${path}: ${sentence(codeOf(cause))}` })
  })
