/** The laws of outages, as sentences. */
export const outageLaw = {
  held: "after any outage of the PBX, do not disturb and pauses are what the last change asked for",
  shown: "after any outage of the PBX, clients are shown what it holds",
  phones: "after any outage of the PBX, phones show the presence that the server has, whatever was set at them",
  quiet: "once all is as it should be after an outage of the PBX, nothing more is written to it"
} as const
