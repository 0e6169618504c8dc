/** Open files: what a process may have, and what it has. Read from /proc, which only Linux has. */
import { readdirSync, readFileSync } from "node:fs"

/** How many files a process of this user may open at most; Node raises its own limit to it. Null: the system does not say. */
export const mostOpenFiles = (): number | null => {
  try {
    const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? []
    if (hard === undefined) return null
    return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard)
  } catch {
    return null
  }
}

/** How many files and sockets a process has open. Null: the system does not say. */
export const openFiles = (pid: number): number | null => {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return null
  }
}

/** Bytes of memory that a process occupies. Null: the system does not say. */
export const residentBytes = (pid: number): number | null => {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}
