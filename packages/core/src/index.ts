export type * from "./config/config_model.ts"
export { decodeConfig, decodePasswordsConfig, positionIn } from "./config/ctid_config.ts"
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
export * from "./cti_server.ts"
export * from "./directory/directory.ts"
export * from "./notify/notifier.ts"
export * from "./password/password_hash.ts"
export * from "./presence/presence.ts"
export {
  DISCONNECTED,
  type Presence as PresenceDefinition,
  type PresenceGroup
} from "./presence/presence_group.ts"
export * from "./presence/transition.ts"
export * from "./telephony/pbx.ts"
export * from "./telephony/telephony.ts"
