/** The login dialogue of both generations (reference 2.4 to 2.7). */
import type { ProtocolVersion } from "@ctid/core/config/settings"
import type * as Digest from "effect/crypto/Digest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type ClientEnded, type ClientLoginError, ClientProtocolError, type LinkError, loginError } from "./client_error.ts"
import type { Command } from "./command.ts"
import { hashedPassword } from "./hashed_password.ts"
import type { Identity } from "./identity.ts"
import type { Link } from "./link.ts"
import type { LoginStep, ServerMessage } from "./server_message.ts"

export interface LoginOptions {
  readonly login: string
  readonly password: Redacted.Redacted
  readonly version: ProtocolVersion
  /** What this program calls itself. */
  readonly ident: string
  /** The first presence. Null: the present one is kept (an unknown name is ignored, reference 2.6). */
  readonly presence: string | null
  readonly deadlines: Deadlines
}

/** Milliseconds. */
export interface Deadlines {
  /** To open the connection. */
  readonly open: number
  /** To answer a request. */
  readonly reply: number
  /** To check the password: servers bound how many they check at a time. */
  readonly password: number
}

const step = <Tag extends ServerMessage["_tag"]>(
  link: Link,
  command: Command & { readonly class: LoginStep },
  tag: Tag,
  deadline: number
): Effect.Effect<Extract<ServerMessage, { readonly _tag: Tag }>, LinkError | ClientEnded | ClientLoginError> =>
  Effect.flatMap(link.ask([{ command, key: command.class }], deadline), ([answer]) => {
    if (answer?._tag === tag) return Effect.succeed(answer as Extract<ServerMessage, { readonly _tag: Tag }>) // its tag was compared
    return Effect.fail(loginError(command.class, answer?._tag === "LoginRefused" ? answer.error : ""))
  })

/** Logs in over a fresh link. An offer of STARTTLS is not taken: the dialogue simply goes on (reference 2.2, 2b). */
export const login = (
  link: Link,
  options: LoginOptions
): Effect.Effect<Identity, LinkError | ClientEnded | ClientLoginError, Digest.Digest> =>
  Effect.gen(function* () {
    const { deadlines, version } = options
    const { sessionId } = yield* step(
      link,
      {
        class: "login_id",
        userlogin: options.login,
        company: "xivo",
        ident: options.ident,
        [version === "2.3" ? "wazoversion" : "xivoversion"]: version
      },
      "LoginId",
      deadlines.reply
    )
    const secret =
      version === "1.2"
        ? { hashedpassword: yield* hashedPassword(sessionId, options.password) }
        : { password: Redacted.value(options.password) }
    const { profileIds } = yield* step(link, { class: "login_pass", ...secret }, "LoginPass", deadlines.password)
    const [profile] = profileIds
    if (profile === undefined) {
      return yield* new ClientProtocolError({ reason: "no_profile", message: "the server offers no profile to this user" })
    }
    const { identity } = yield* step(
      link,
      {
        class: "login_capas",
        capaid: profile,
        state: options.presence ?? "",
        // a server of ours then tells notes and ends of presences
        presenceterms: true,
        ...(version === "1.2" ? { lastconnwins: false, loginkind: "user" } : {})
      },
      "LoginCapas",
      deadlines.reply
    )
    return identity
  })
