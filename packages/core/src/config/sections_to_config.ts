/** Sections in the file's words and units become the parts of a configuration in ours. */

import { isLoopback } from "../connection/network.ts"
import type { AmiConfig, Encryption, ListenersConfig, PasswordsConfig, TelephonyConfig, TlsConfig } from "./config_model.ts"
import type { AmiSection, TelephonySection } from "./pbx_sections.ts"
import type {
  LimitsSection,
  ListenersSection,
  PasswordsSection,
  ServerSection,
  TimeoutsSection,
  TlsSection
} from "./server_sections.ts"
import type { ServerSettings } from "./settings.ts"

export type Server = (typeof ServerSection)["Type"]
export type Timeouts = (typeof TimeoutsSection)["Type"]
export type Limits = (typeof LimitsSection)["Type"]
export type Listeners = (typeof ListenersSection)["Type"]
export type Tls = (typeof TlsSection)["Type"]
export type Ami = (typeof AmiSection)["Type"]
export type Telephony = (typeof TelephonySection)["Type"]
export type Passwords = (typeof PasswordsSection)["Type"]

export const toSettings = (server: Server, timeouts: Timeouts, limits: Limits): ServerSettings => ({
  version: server.protocol_version,
  reachability: server.reachability,
  contextSeparation: server.context_separation,
  disconnectOn: server.disconnect_on,
  loginTimeout: timeouts.login,
  socketTimeout: timeouts.socket,
  actionTimeout: timeouts.actions,
  limits: {
    connections: limits.connections,
    connectionsBeforeLogin: limits.connections_before_login,
    connectionsPerAddress: limits.connections_per_address,
    connectionRatePerAddress: limits.connection_rate_per_address,
    sharedAddresses: limits.shared_addresses,
    lineBeforeLogin: limits.line_before_login,
    lineAfterLogin: limits.line_after_login,
    lineBudgetBeforeLogin: limits.line_budget_before_login,
    lineBudgetAfterLogin: limits.line_budget_after_login,
    faxLine: limits.fax_line,
    faxBudget: limits.fax_budget,
    replyHighWater: limits.reply_high_water,
    outbox: limits.outbox
  }
})

/** What holds where nothing is said: as safe as can be. */
const defaultEncryption = ({ address, allow_clear_text }: Listeners["cti"], hasCertificate: boolean): Encryption => {
  if (!isLoopback(address) && !allow_clear_text) return "required"
  return hasCertificate ? "offered" : "off"
}

export const toTls = (tls: Tls): TlsConfig => ({
  files:
    tls.certificate === null || tls.key === null
      ? null
      : { certificate: tls.certificate, key: tls.key, clientCa: tls.client_ca },
  minimumVersion: tls.minimum_version,
  handshakeTimeout: tls.handshake_timeout
})

export const toListeners = (listeners: Listeners, tls: Tls): ListenersConfig => ({
  cti: {
    enabled: listeners.cti.enabled,
    address: listeners.cti.address,
    port: listeners.cti.port,
    encryption: listeners.cti.encryption ?? defaultEncryption(listeners.cti, tls.certificate !== null)
  },
  ctis: {
    enabled: listeners.ctis.enabled ?? tls.certificate !== null,
    address: listeners.ctis.address,
    port: listeners.ctis.port
  },
  webInterface: listeners.web_interface,
  info: listeners.info,
  announce: listeners.announce,
  fastAgi: listeners.fast_agi
})

export const toAmi = (ami: Ami): AmiConfig => ({
  username: ami.username,
  password: ami.password,
  address: ami.address,
  port: ami.port,
  tls: ami.tls.enabled
    ? {
        ca: ami.tls.ca,
        serverName: ami.tls.server_name ?? ami.address,
        pin: ami.tls.pin,
        minimumVersion: ami.tls.minimum_version
      }
    : null,
  driver: ami.driver,
  authentication: ami.authentication,
  connectTimeout: ami.connect_timeout,
  loginTimeout: ami.login_timeout,
  actionTimeout: ami.action_timeout,
  listTimeout: ami.list_timeout,
  pingInterval: ami.ping_interval,
  pingTimeout: ami.ping_timeout,
  retryLongest: ami.retry_longest,
  retryRefused: ami.retry_refused
})

export const toTelephony = (telephony: Telephony): TelephonyConfig => ({
  pollInterval: telephony.poll_interval,
  resyncInterval: telephony.resync_interval,
  templates: {
    doNotDisturb: telephony.templates.do_not_disturb,
    doNotDisturbValue: telephony.templates.do_not_disturb_value,
    forwardUnconditional: telephony.templates.forward_unconditional,
    forwardBusy: telephony.templates.forward_busy,
    forwardNoAnswer: telephony.templates.forward_no_answer,
    doNotDisturbDevice: telephony.templates.do_not_disturb_device,
    forwardDevice: telephony.templates.forward_device,
    presence: telephony.templates.presence,
    presenceLamp: telephony.templates.presence_lamp,
    agentInterface: telephony.templates.agent_interface,
    agentStateInterface: telephony.templates.agent_state_interface
  }
})

export const toPasswords = (passwords: Passwords): PasswordsConfig => ({
  memory: Math.floor(passwords.memory / 1024),
  passes: passwords.passes,
  parallelism: passwords.parallelism,
  atOnce: passwords.at_once,
  waiting: passwords.waiting,
  remembered: passwords.remembered
})
