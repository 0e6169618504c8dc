/** The composition root: a configuration and a way to Asterisk become a running server. */
import {
  type CtidConfig,
  CtiServer,
  type Datagrams,
  type Directory,
  type Encryption,
  type Listener,
  LiveConfig,
  type Notifier,
  type Pbx,
  type Presence,
  type Settings,
  type Telephony,
  type TlsCredentials,
  type TlsServer
} from "@ctid/core"
import { NodePlatform } from "@ctid/platform-node"
import * as Layer from "effect/Layer"

export type ServerServices =
  | CtiServer
  | Presence
  | Pbx
  | Notifier
  | LiveConfig
  | Directory
  | Settings
  | Telephony
  | Listener
  | Datagrams

/**
 * A server on this machine's sockets. At its end clients are told and what waits for them is written; then the PBX is left.
 * `telephony` is made for the declared directory.
 */
export const layerServer = (
  { directory, settings, passwords }: CtidConfig,
  telephony: Layer.Layer<Telephony, never, Directory>
): Layer.Layer<ServerServices> =>
  CtiServer.layer.pipe(
    Layer.provideMerge(telephony),
    Layer.provideMerge(Layer.merge(LiveConfig.layer({ directory, settings }), NodePlatform.layer({ passwords })))
  )

/** What of the encryption may change while ports are open. */
export interface ServedTls {
  encryption: Encryption
  /** Null: there is no certificate, so nothing is offered. */
  credentials: TlsCredentials | null
  /** Milliseconds. */
  handshakeTimeout: number
}

export const servedTls = ({ listeners, tls }: CtidConfig, credentials: TlsCredentials | null): ServedTls => ({
  encryption: listeners.cti.encryption,
  credentials,
  handshakeTimeout: tls.handshakeTimeout
})

/** As ports take it. */
export const tlsServer = (served: ServedTls): TlsServer => ({
  credentials: () => {
    if (served.credentials === null) throw new Error("there is no certificate")
    return served.credentials
  },
  get handshakeTimeout() {
    return served.handshakeTimeout
  }
})
