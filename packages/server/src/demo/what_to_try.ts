/** What somebody may type who has just started the demonstration. */
import * as Redacted from "effect/Redacted"
import { PEOPLE } from "./people.ts"

/** Ten lines or so, with the passwords of this run. */
export const whatToTry = (port: number, passwords: ReadonlyMap<string, Redacted.Redacted>): ReadonlyArray<string> => {
  const secret = (login: string): string => {
    const password = passwords.get(login)
    return password === undefined ? "" : Redacted.value(password)
  }
  const client = (login: string, rest = ""): string =>
    `  npx ctid client ${port === 5003 ? "" : `--port ${port} `}--user ${login} --password ${secret(login)}${rest}`
  const company = (name: string): string => {
    const people = PEOPLE.filter((person) => person.company === name)
    return people.map(({ login }) => `${login} ${secret(login)}`).join("   ")
  }
  return [
    `Two companies share a simulated Asterisk. Logins and passwords of this run:`,
    `  company a: ${company("company-a")}`,
    `  company b: ${company("company-b")}`,
    "Watch the board of company a; calls come and go:",
    client("alice"),
    "Be away in another terminal, until Ctrl-C; alice sees it, company b does not, and the agent bob is paused:",
    client("bob", " --set away"),
    "The board of company b, once, for a script:",
    client("carol", " --once --json"),
    `Any XiVO client works too: 127.0.0.1, port ${port}, without encryption. Ctrl-C ends this server.`
  ]
}
