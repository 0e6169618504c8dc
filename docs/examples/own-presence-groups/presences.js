/** The presences of a practice: whoever treats a patient must not be called, and a break ends. */
export const presences = {
  available: {
    text: "Available",
    color: "#08FD20",
    allowed: ["treating", "break"],
    actions: { enablednd: "false", queueunpause_all: "" }
  },
  treating: {
    text: "With a patient",
    color: "#FF032D",
    allowed: ["available", "break"],
    actions: { enablednd: "true", queuepause_all: "" }
  },
  break: { text: "Break", color: "#FDE50A", allowed: ["available"], actions: { queuepause_all: "" } },
  disconnected: { text: "Away", color: "#202020", actions: { agentlogoff: "" } }
}
