/** Actions on AstDB. */
import { type ActionSpec, failure, listing, type Reply, success } from "./action.ts"
import type { ActionRequest } from "./ami_packet.ts"
import type { Pbx } from "./pbx.ts"

export const databaseActions = ({ database }: Pbx): ReadonlyArray<ActionSpec> => {
  /** Runs `use` with family and key, both needed. */
  const withEntry =
    (use: (family: string, key: string, request: ActionRequest) => Reply) =>
    (request: ActionRequest): Reply => {
      const family = request.get("Family")
      const key = request.get("Key")
      if (family === "") return failure("No family specified.")
      return key === "" ? failure("No key specified.") : use(family, key, request)
    }

  const get = withEntry((family, key) => {
    const value = database.get(family, key)
    if (value === undefined) return failure("Database entry not found")
    const headers = [
      ["Family", family],
      ["Key", key],
      ["Val", value]
    ] as const
    return listing("Result will follow", {
      items: [{ event: "DBGetResponse", headers }],
      complete: "DBGetComplete",
      idLast: true
    })
  })

  const put = withEntry((family, key, request) => {
    database.put(family, key, request.get("Val"))
    return success("Updated database successfully")
  })

  const remove = withEntry((family, key) =>
    database.remove(family, key) ? success("Key deleted successfully") : failure("Database entry could not be deleted")
  )

  const removeTree = (request: ActionRequest): Reply => {
    const family = request.get("Family")
    if (family === "") return failure("No family specified.")
    return database.removeTree(family, request.get("Key")) > 0
      ? success("Key tree deleted successfully")
      : failure("Database entry not found")
  }

  const tree = (request: ActionRequest): Reply => {
    const found = database.tree(request.get("Family"), request.get("Key"))
    if (found.length === 0) return failure("Database entry not found")
    const items = found.map(([path, value]) => ({
      event: "DBGetTreeResponse",
      headers: [
        ["Key", path],
        ["Val", value]
      ] as const
    }))
    return listing("Result will follow", { items, complete: "DBGetTreeComplete", idLast: true })
  }

  return [
    { name: "DBDel", privileges: ["system"], synopsis: "Delete DB entry.", handle: remove },
    { name: "DBDelTree", privileges: ["system"], synopsis: "Delete DB Tree.", handle: removeTree },
    { name: "DBGet", privileges: ["system", "reporting"], synopsis: "Get DB Entry.", handle: get },
    {
      name: "DBGetTree",
      privileges: ["system", "reporting"],
      synopsis: "Get DB entries, optionally at a particular family/key",
      handle: tree
    },
    { name: "DBPut", privileges: ["system"], synopsis: "Put DB entry.", handle: put }
  ]
}
