/** `--until`: a time as people write it. */

const TIME = /^([01]?\d|2[0-3]):([0-5]\d)$/
const DATE = /^\d{4}-\d\d-\d\d[ T]([01]\d|2[0-3]):[0-5]\d$/

/**
 * `14:00`, the next one, or `2026-11-30 14:00`, in local time: seconds since the epoch. Null: neither, or a day that does not exist.
 * `now`: milliseconds since the epoch.
 */
export const readUntil = (text: string, now: number): number | null => {
  const [, hours, minutes] = TIME.exec(text) ?? []
  if (hours !== undefined && minutes !== undefined) {
    const at = new Date(now)
    at.setHours(Number(hours), Number(minutes), 0, 0)
    if (at.getTime() <= now) at.setDate(at.getDate() + 1)
    return Math.floor(at.getTime() / 1000)
  }
  if (!DATE.test(text)) return null
  const at = new Date(text.replace(" ", "T"))
  // a day that does not exist becomes another one
  return at.getDate() === Number(text.slice(8, 10)) ? Math.floor(at.getTime() / 1000) : null
}
