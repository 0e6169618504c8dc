export type * from "./config/config_model.ts"
export { decodeConfig, decodePasswordsConfig, positionIn } from "./config/ctid_config.ts"
export {
  type ConfigDifference,
  configDifference,
  type DirectoryDifference,
  describeDifference,
  directoryDifference,
  isSameDirectory
} from "./config/difference.ts"
export * from "./config/live_config.ts"
export {
  ConfigError,
  type ConfigPath,
  formatNotice,
  formatProblem,
  type Notice,
  type Position,
  type PositionOf,
  type Problem
} from "./config/problem.ts"
export * from "./config/settings.ts"
export * from "./config/template_conflicts.ts"
export * from "./connection/connection.ts"
export * from "./connection/datagrams.ts"
export * from "./connection/tls_identity.ts"
export type { AmiDump, InfoSwitches } from "./console/info_port.ts"
export type { InfoLogLevel } from "./console/info_server.ts"
export * from "./console/side_ports.ts"
export * from "./cti_server.ts"
export * from "./directory/directory.ts"
export * from "./events/cti_events.ts"
export * from "./notify/notifier.ts"
export * from "./password/password_hash.ts"
export { describeDefect } from "./presence/defect_text.ts"
export { presenceGraphViz, presenceMermaid } from "./presence/group_text_graph.ts"
export * from "./presence/phone_presence.ts"
export * from "./presence/presence.ts"
export { analysePresenceGroup } from "./presence/presence_analysis.ts"
export * from "./presence/presence_chart.ts"
export type { DraftGroup, DraftPresence, PresenceDefect } from "./presence/presence_defect.ts"
export * from "./presence/presence_event.ts"
export {
  DISCONNECTED,
  type Presence as PresenceDefinition,
  type PresenceGroup
} from "./presence/presence_group.ts"
export { presenceSvg } from "./presence/presence_picture.ts"
export * from "./presence/presence_terms.ts"
export * from "./presence/reachability.ts"
export * from "./presence/transition.ts"
export * from "./reload/object_change.ts"
export * from "./telephony/pbx.ts"
export * from "./telephony/telephony.ts"
