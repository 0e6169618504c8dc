/** The board for programs: plain JSON, lists of items with the words for their states. */
import type { Board, Identity } from "@ctid/client"
import { agentText, hintText, memberText, presenceText } from "./words.ts"

/** What `ctid client --once --json` prints. Ids are text; `userId` is who looked. */
export const boardJson = (board: Board, identity: Identity): object => ({
  userId: identity.userId,
  users: Array.from(board.users.values(), (user) => ({ ...user, presenceText: presenceText(identity, user.presence) })),
  phones: Array.from(board.phones.values(), (phone) => ({ ...phone, hintText: hintText(identity, phone.hint) })),
  agents: Array.from(board.agents.values(), (agent) => ({ ...agent, availabilityText: agentText(agent) })),
  queues: [...board.queues.values()],
  queueMembers: Array.from(board.queuemembers.values(), (member) => ({ ...member, statusText: memberText(member) })),
  voicemails: [...board.voicemails.values()]
})
