/**
 * The audit log: what somebody may have to answer for, one line each. It goes where the log goes; the annotation `audit` tells these lines
 * from the others, and its words do not change.
 */

/** The acts, and the annotations that each has besides `audit`. */
export const AUDIT_ACTS = {
  /** Somebody has signed in. */
  login: ["connection", "peer", "encrypted", "user", "version"],
  /** Somebody was not let in. `login`: the name he gave. */
  login_refused: ["connection", "peer", "encrypted", "login", "reason"],
  /** His password waits, because of wrong ones before; without `milliseconds` it is not looked at. */
  login_delayed: ["login", "peer", "milliseconds"],
  logout: ["connection", "peer", "encrypted", "user", "version"],
  /** A connection of somebody who had signed in has ended. */
  disconnected: ["connection", "peer", "encrypted", "user", "version", "cause"],
  /** Over a limit. `times`: so many since the last such line. */
  connection_refused: ["peer", "reason", "times"],
  /** Somebody listens to an agent's phone. */
  listen: ["user", "agent"],
  /** Recording of a user's calls was switched. */
  recording: ["user", "of", "on"],
  /** A command of the info port that changes something: kick, disc, loglevel... */
  console: ["command", "peer"],
  /** A command of the web interface port. */
  web_interface: ["detail", "peer"],
  /** An announcement over UDP: Asterisk is asked for everything. */
  announce: ["peer", "effect"],
  /** The configuration was read again. */
  reload: ["by", "outcome", "detail"],
  /** It was refused, and nothing is changed. */
  reload_refused: ["by", "mistakes"]
} as const satisfies Readonly<Record<string, ReadonlyArray<string>>>

export type AuditAct = keyof typeof AUDIT_ACTS

/** The annotations of a line of the audit log. */
export const audited = <A extends AuditAct>(
  act: A,
  fields: { readonly [K in (typeof AUDIT_ACTS)[A][number]]?: unknown }
): Readonly<Record<string, unknown>> => ({ audit: act, ...fields })
