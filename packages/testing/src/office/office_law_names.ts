/** What holds in a running office, as sentences. */
export const officeLaw = {
  view: "every observer who may see somebody ends with the server's view, whatever the order and whoever drops",
  silence: "nobody else ever receives anything about him",
  actions: "actions run exactly once per change, in order, and never on a lost link",
  refusal: "a refused change leaves no trace but for the one who asked",
  replay: "every change is published once, and replaying the changes gives the state",
  phones: "the same for phones",
  agents: "the same for agents",
  services: "do not disturb is shown as it is",
  terms: "a note and an end are told to whoever asked for them, and to nobody else; at the end the user is where he was before"
} as const
