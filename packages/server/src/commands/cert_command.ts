/** `ctid cert`: the server's certificate, and who signs it. */
import * as Command from "effect/cli/Command"
import { certClientCommand } from "./cert_client_command.ts"
import { certInitCommand } from "./cert_init_command.ts"
import { certRenewCommand } from "./cert_renew_command.ts"
import { certShowCommand } from "./cert_show_command.ts"

export const certCommand = Command.make("cert").pipe(
  Command.withShortDescription("Make the server's certificate, renew it, show it"),
  Command.withDescription(
    "By its certificate the server proves to the clients who it is, and their passwords cross the network encrypted. `init` makes a certificate " +
      "authority (CA) of your own and a certificate signed by it; clients need the CA's certificate, once. `renew` makes the server's anew: clients notice nothing. `client` makes one for a client, for servers that ask for it. `show` says what there is, or what a server shows, and until when."
  ),
  Command.withSubcommands([certInitCommand, certRenewCommand, certClientCommand, certShowCommand]),
  Command.withExamples([
    { command: "ctid cert init --name cti.example.com", description: "A CA and a certificate for that name" },
    { command: "ctid cert show", description: "What ctid.yml names, and until when it is good" },
    { command: "ctid cert renew", description: "The same names, for another 825 days" }
  ])
)
