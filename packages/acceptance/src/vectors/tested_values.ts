/** The stored objects as the configuration of the server under test. */
import type { LiveValues } from "@ctid/core/config/live_config"
import { defaultSettings, PROTOCOL_VERSIONS } from "@ctid/core/config/settings"
import { directoryData } from "@ctid/testing/vectors/directory_data"
import { Malformed } from "@ctid/testing/vectors/reader"
import type { StoredState } from "@ctid/testing/vectors/stored_state"

/** `version`: the one that is served, unless the stored objects say `any`. Throws `Malformed`. */
export const testedValues = (stored: StoredState, version: string): LiveValues => {
  const served = PROTOCOL_VERSIONS.find((known) => known === version)
  if (served === undefined) throw new Malformed(`protocol version ${version} is not served`)
  return {
    directory: directoryData(stored),
    settings: {
      ...defaultSettings,
      version: stored.version_policy === "any" ? "any" : served,
      reachability: stored.reachability === "enforced" ? "enforced" : "advisory",
      contextSeparation: stored.context_separation === true,
      loginTimeout: typeof stored.login_timeout === "number" ? stored.login_timeout * 1000 : defaultSettings.loginTimeout
    }
  }
}
