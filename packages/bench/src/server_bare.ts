/** Bare `node:net` doing the same work: it parses and answers the same JSON, and writes once per message and client. */
import { randomBytes } from "node:crypto"
import { createServer, type Socket } from "node:net"
import { serveBench } from "./children.ts"
import { people } from "./people.ts"

const [users = "1000", contexts = "1"] = process.argv.slice(2)
const data = people(Number(users), Number(contexts))
const byLogin = new Map(data.users.map((user) => [user.login, user]))
const presences = new Map<number, string>()
/** Who hears whom: by the context of the line. */
const hearers = new Map(data.lines.map((line) => [line.context, new Set<Socket>()]))
const [profile] = data.profiles
const group = Object.fromEntries(
  [...(data.presenceGroups[0]?.presences.values() ?? [])].map((presence) => [
    presence.name,
    { longname: presence.longName, color: presence.color, allowed: presence.allowed, actions: {} }
  ])
)

const server = createServer({ noDelay: true }, (socket) => {
  let carry = ""
  let login = ""
  let id = 0
  let clients = new Set<Socket>()
  const reply = (message: Record<string, unknown>): void => {
    message.timenow = Date.now() / 1000
    socket.write(`${JSON.stringify(message)}\n`)
  }
  const change = (presence: string): void => {
    presences.set(id, presence)
    const line = Buffer.from(
      `${JSON.stringify({
        class: "getlist",
        function: "updatestatus",
        listname: "users",
        tipbxid: "xivo",
        tid: String(id),
        status: { availstate: presence },
        timenow: Date.now() / 1000
      })}\n`
    )
    for (const client of clients) client.write(line)
  }
  socket.setEncoding("utf8")
  socket.on("data", (text: string) => {
    const lines = (carry + text).split("\n")
    carry = lines.pop() ?? ""
    for (const line of lines) {
      const message = JSON.parse(line) as Record<string, string> // the bench's own generator is the peer
      switch (message.class) {
        case "keepalive":
          reply({ class: "keepalive", warning_string: "unimplemented", replyid: message.commandid })
          break
        case "login_id":
          login = message.userlogin ?? ""
          reply({ class: "login_id", sessionid: randomBytes(8).toString("hex").slice(0, 10), wazoversion: "2.3" })
          break
        case "login_pass": {
          const user = byLogin.get(login)
          if (user === undefined) break
          id = user.id
          clients = hearers.get(data.lines[id - 1]?.context ?? "") ?? clients
          reply({ class: "login_pass", capalist: [1] })
          break
        }
        case "login_capas":
          clients.add(socket)
          reply({
            class: "login_capas",
            ipbxid: "xivo",
            userid: String(id),
            appliname: profile?.name,
            capaxlets: [],
            capas: { preferences: false, services: profile?.services, userstatus: group, phonestatus: {} }
          })
          change(message.state ?? "available")
          break
        case "availstate":
          change(message.availstate ?? "available")
          break
      }
    }
  })
  socket.on("close", () => clients.delete(socket))
  socket.on("error", () => {})
})
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  const address = server.address()
  serveBench(address !== null && typeof address === "object" ? address.port : 0)
})
