/** Signing a session in, as a client of the run's protocol version does (reference 2). */
import { createHash } from "node:crypto"
import { isArray, type Json, type JsonObject } from "@ctid/testing/vectors/json"
import type { CtiConnection } from "./cti_connection.ts"
import { RunFault } from "./run_fault.ts"

export interface Credentials {
  readonly login: string
  readonly password: string
  /** The first presence. */
  readonly presence: string
}

const isFirstGeneration = (version: string): boolean => version.startsWith("1.")

const accepted = (connection: CtiConnection, reply: JsonObject): JsonObject => {
  if (reply.error_string === undefined) return reply
  throw new RunFault(`${connection.name} could not sign in: ${String(reply.error_string)}`)
}

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "")

export const signIn = async (connection: CtiConnection, version: string, who: Credentials): Promise<void> => {
  const old = isFirstGeneration(version)
  connection.send({
    class: "login_id",
    userlogin: who.login,
    company: "xivo",
    ident: "vectors",
    [version === "2.3" ? "wazoversion" : "xivoversion"]: version
  })
  const { sessionid } = accepted(connection, await connection.reply("login_id"))
  const secret = old
    ? {
        hashedpassword: createHash("sha1")
          .update(`${text(sessionid)}:${who.password}`, "latin1")
          .digest("hex")
      }
    : { password: who.password }
  connection.send({ class: "login_pass", ...secret })
  const { capalist } = accepted(connection, await connection.reply("login_pass"))
  connection.send({
    class: "login_capas",
    capaid: (isArray(capalist) ? capalist[0] : undefined) ?? null,
    state: who.presence,
    ...(old ? { lastconnwins: false, loginkind: "user" } : {})
  })
  accepted(connection, await connection.reply("login_capas"))
}
