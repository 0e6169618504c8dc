/** What is wrong with the ports and their encryption taken together. */

import { isLoopback } from "../connection/network.ts"
import { refuse, type Source } from "./decode.ts"
import type { Listeners, Tls } from "./sections_to_config.ts"

const NEEDS_CERTIFICATE = "a certificate under tls.certificate and tls.key (`ctid cert init` makes them)"

/** Two ports on one address. */
const checkPlaces = (source: Source, listeners: Listeners, tls: Tls): void => {
  const taken = new Map<string, string>()
  for (const name of ["cti", "ctis", "web_interface", "info", "fast_agi"] as const) {
    const { enabled = tls.certificate !== null, address, port } = listeners[name]
    if (!enabled || port === 0) continue
    const place = `${address}:${port}`
    const other = taken.get(place)
    if (other !== undefined) refuse(source, ["listeners", name, "port"], `a port of its own (listeners.${other} has it)`, place)
    taken.set(place, name)
  }
}

const checkCti = (source: Source, { enabled, address, encryption, allow_clear_text }: Listeners["cti"], tls: Tls): void => {
  if (!enabled) return
  const path = ["listeners", "cti"]
  if (tls.certificate === null && encryption !== undefined && encryption !== "off") {
    refuse(source, [...path, "encryption"], NEEDS_CERTIFICATE, "none")
  }
  if (isLoopback(address) || allow_clear_text) return
  if (encryption === "off" || encryption === "offered") {
    refuse(
      source,
      [...path, "encryption"],
      `required, or allow_clear_text: true, as others can reach ${address}`,
      JSON.stringify(encryption)
    )
  } else if (encryption === undefined && tls.certificate === null) {
    refuse(source, [...path, "address"], `a loopback address, or ${NEEDS_CERTIFICATE}, or allow_clear_text: true`, address)
  }
}

/** Tells everything at once; either section may be missing because it is wrong itself. */
export const checkPorts = (source: Source, listeners: Listeners | undefined, tls: Tls | undefined): void => {
  if (tls === undefined || listeners === undefined) return
  if (tls.certificate !== null && tls.key === null) refuse(source, ["tls", "key"], "the private key of tls.certificate", "null")
  if (tls.certificate === null && tls.key !== null) refuse(source, ["tls", "certificate"], "the certificate of tls.key", "null")
  if (tls.certificate === null && tls.client_ca !== null) refuse(source, ["tls", "client_ca"], NEEDS_CERTIFICATE, "none")
  if (tls.certificate === null && listeners.ctis.enabled === true) {
    refuse(source, ["listeners", "ctis", "enabled"], NEEDS_CERTIFICATE, "none")
  }
  checkPlaces(source, listeners, tls)
  checkCti(source, listeners.cti, tls)
}
