/** What the Telephony door over AMI may be told. */
import type { ServiceTemplates } from "@ctid/core/config/template_conflicts"
import type { AmiSettings } from "./ami_settings.ts"

/** Names in Asterisk. Services and presences of a line have the places `{exten}` and `{context}`. */
export interface TelephonyTemplates extends ServiceTemplates {
  /** Value of the do not disturb key while it is on. Off: the key is deleted. */
  readonly doNotDisturbValue: string
  /** The device whose state says that there is an unconditional forward, and whose events say that some forward changed. */
  readonly forwardDevice: string
  /**
   * What a queue dials for an agent, with the places `{exten}`, `{context}`, `{device}`, `{protocol}`, `{name}` of the line where he logs in,
   * `{agent}` (or `{number}`), his number, and `{agentid}`.
   */
  readonly agentInterface: string
  /** The device whose state counts for him; the same places. */
  readonly agentStateInterface: string
}

/** As plain and FreePBX dialplans have them. */
export const defaultTemplates: TelephonyTemplates = {
  doNotDisturb: "DND/{exten}",
  doNotDisturbValue: "YES",
  forwardUnconditional: "CF/{exten}",
  forwardBusy: "CFB/{exten}",
  forwardNoAnswer: "CFU/{exten}",
  doNotDisturbDevice: "Custom:DND{exten}",
  forwardDevice: "Custom:CF{exten}",
  presence: "CustomPresence:{exten}@{context}",
  presenceLamp: "Custom:{presence}.{exten}@{context}",
  agentInterface: "{device}",
  agentStateInterface: "{device}"
}

/** Times in milliseconds. */
export interface TelephonySettings {
  readonly ami: AmiSettings
  /** What differs from `defaultTemplates`. */
  readonly templates?: Partial<TelephonyTemplates>
  /** Between two readings of do not disturb and forwards that were changed at phones without telling. Default 60,000. */
  readonly pollInterval?: number
  /** Between two complete readings of states, queues and members. Default 300,000. */
  readonly resyncInterval?: number
}

export const defaultPollInterval = 60_000
export const defaultResyncInterval = 300_000
