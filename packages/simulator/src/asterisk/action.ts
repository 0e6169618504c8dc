/** What an action of the manager interface is, and what it answers. */
import type { ActionRequest, Headers } from "./ami_packet.ts"
import type { Privilege } from "./privilege.ts"

/** The items after a response, and the name of the event that ends them. */
export interface ReplyList {
  readonly items: ReadonlyArray<{ readonly event: string; readonly headers: Headers }>
  readonly complete: string
  /** Most modules write the ActionID of an item first, app_queue and AstDB last. */
  readonly idLast: boolean
}

export interface Reply {
  readonly response: "Success" | "Error" | "Goodbye"
  readonly headers: Headers
  readonly list?: ReplyList
}

/** One action. `handle` changes the state; its events leave after the response. */
export interface ActionSpec {
  readonly name: string
  /** Any one of them is needed; none: everybody may. */
  readonly privileges: ReadonlyArray<Privilege>
  readonly synopsis: string
  /** The module that brings it; without one it belongs to the core. */
  readonly module?: string
  readonly handle: (request: ActionRequest) => Reply
}

export const success = (message: string): Reply => ({ response: "Success", headers: [["Message", message]] })

export const failure = (message: string): Reply => ({ response: "Error", headers: [["Message", message]] })

export const listing = (message: string, list: ReplyList): Reply => ({
  response: "Success",
  headers: [
    ["EventList", "start"],
    ["Message", message]
  ],
  list
})

/** `true`, `yes`, `on`, `1`, `y`, `t` in any case. */
export const isTrue = (text: string): boolean => /^(true|yes|on|1|y|t)$/i.test(text)
