/** Reading a configuration file: whole, bounded, and with an error that says what is the matter. */
import { isUtf8 } from "node:buffer"
import { type FileHandle, open, stat } from "node:fs/promises"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { codeOf } from "./wire_error.ts"

export class TextFileError extends Data.TaggedError("TextFileError")<{
  readonly path: string
  readonly reason: "missing" | "unreadable" | "not_a_file" | "not_utf8" | "too_large"
  /** Where in the file, from 1; 1 for the whole of it. */
  readonly line: number
  /** A sentence that names the file; never a part of what is in it. */
  readonly message: string
}> {}

const fileError = (path: string, cause: unknown): TextFileError => {
  const code = codeOf(cause)
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new TextFileError({ path, reason: "missing", line: 1, message: `${path}: there is no such file` })
    case "EISDIR":
      return new TextFileError({ path, reason: "not_a_file", line: 1, message: `${path}: that is not a file` })
    case "EACCES":
    case "EPERM":
      return new TextFileError({ path, reason: "unreadable", line: 1, message: `${path}: may not be read by this user` })
    default:
      return new TextFileError({ path, reason: "unreadable", line: 1, message: `${path}: cannot be read (${code})` })
  }
}

const LINE_FEED = 0x0a

/** Number of the first line that is not UTF-8, from 1. A line feed never is part of another character. */
const badLine = (bytes: Uint8Array): number => {
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, from)
    const to = end < 0 ? bytes.length : end
    if (!isUtf8(bytes.subarray(from, to))) return line
    from = to + 1
  }
  return line
}

const tooLarge = (path: string, maxBytes: number): TextFileError =>
  new TextFileError({ path, reason: "too_large", line: 1, message: `${path}: is larger than ${maxBytes} bytes` })

/** At most `maxBytes`, also of a file that grows meanwhile or whose size is not known before. */
const readBounded = async (path: string, file: FileHandle, maxBytes: number): Promise<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  let length = 0
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 64 * 1024 })) {
    const bytes: Uint8Array = chunk
    length += bytes.length
    if (length > maxBytes) throw tooLarge(path, maxBytes)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

const read = async (path: string, maxBytes: number): Promise<string> => {
  // Looked at before it is opened: opening a named pipe would wait for a writer.
  if (!(await stat(path)).isFile())
    throw new TextFileError({ path, reason: "not_a_file", line: 1, message: `${path}: that is not a file` })
  const file = await open(path, "r")
  try {
    const bytes = await readBounded(path, file, maxBytes)
    if (isUtf8(bytes)) return new TextDecoder().decode(bytes)
    const line = badLine(bytes)
    throw new TextFileError({ path, reason: "not_utf8", line, message: `${path}: line ${line} is not UTF-8` })
  } finally {
    await file.close()
  }
}

/** The text of a UTF-8 file, without a byte order mark. `maxBytes` defaults to 64 MiB. */
export const readTextFile = (
  path: string,
  options: { readonly maxBytes?: number | undefined } = {}
): Effect.Effect<string, TextFileError> =>
  Effect.tryPromise({
    try: () => read(path, options.maxBytes ?? 64 * 1024 * 1024),
    catch: (cause) => (cause instanceof TextFileError ? cause : fileError(path, cause))
  })

const OTHERS_MAY_READ = 0o004

/** True when every user of this machine may read the file. Always false on Windows, whose rights `stat` does not show. */
export const isSecretReadableByOthers = (path: string): Effect.Effect<boolean, TextFileError> =>
  Effect.tryPromise({
    try: async () => process.platform !== "win32" && ((await stat(path)).mode & OTHERS_MAY_READ) !== 0,
    catch: (cause) => fileError(path, cause)
  })
