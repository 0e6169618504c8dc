/** Whether a text can be a stored password hash: a PHC string that costs a bearable amount of work. */

const argon2id = /^\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const pbkdf2 = /^\$pbkdf2-sha256\$i=([0-9]{1,9})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

const within = (text: string | undefined, least: number, most: number): boolean => Number(text) >= least && Number(text) <= most

/** Bytes of base64 text without padding; NaN for a length that cannot be. */
const byteLength = (base64: string | undefined): number =>
  base64 === undefined || base64.length % 4 === 1 ? Number.NaN : Math.floor((base64.length * 3) / 4)

const isSaltAndHash = (salt: string | undefined, hash: string | undefined): boolean =>
  byteLength(salt) >= 8 && byteLength(salt) <= 64 && byteLength(hash) >= 16 && byteLength(hash) <= 64

/** `$argon2id$v=19$m=..,t=..,p=..$salt$hash` (memory in KiB) or `$pbkdf2-sha256$i=..$salt$hash`. */
export const isStoredHash = (text: string): boolean => {
  const argon = argon2id.exec(text)
  if (argon !== null) {
    const [, memory, passes, lanes, salt, hash] = argon
    const affordable = within(memory, 8 * Number(lanes), 262_144) && within(passes, 1, 16) && within(lanes, 1, 16)
    return affordable && isSaltAndHash(salt, hash)
  }
  const [, iterations, salt, hash] = pbkdf2.exec(text) ?? []
  return within(iterations, 1000, 10_000_000) && isSaltAndHash(salt, hash)
}
