/** How long a program keeps its event loop from turning, and why. */
import { readFileSync } from "node:fs"
import { cpus } from "node:os"

/** The time from one turn of the loop to the next, in ms. */
export interface Turn {
  readonly wall: number
  /** CPU time of this thread: its own doing. */
  readonly cpu: number
  /** Time in which this thread was ready to run, and the kernel ran others. Zero where it does not say. */
  readonly waited: number
}

export interface LoopReport {
  /** The longest turn by the wall clock. */
  readonly longest: Turn
  /** The most CPU time that this thread used in one turn, in ms. */
  readonly cpu: number
  /** Part of this machine's CPU time that was used meanwhile, by anybody: 0 to 1. */
  readonly machine: number
  /** CPU seconds of this process in a second. */
  readonly own: number
}

/** Nanoseconds that this thread has waited for a CPU, from `schedstat`. */
const waitedSoFar = (): number => {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[1])
  } catch {
    return 0
  }
}

interface MachineTime {
  readonly used: number
  readonly all: number
}

const machineTime = (): MachineTime => {
  let used = 0
  let all = 0
  for (const { times } of cpus()) {
    used += times.user + times.nice + times.sys + times.irq
    all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { used, all }
}

/** Looks every millisecond, until it is stopped. */
export const watchLoop = (): { readonly stop: () => LoopReport } => {
  let longest: Turn = { wall: 0, cpu: 0, waited: 0 }
  let most = 0
  const begin = performance.now()
  const machine = machineTime()
  const own = process.cpuUsage()
  let at = begin
  let used = process.threadCpuUsage()
  let delayed = waitedSoFar()
  const timer = setInterval(() => {
    const now = performance.now()
    const { user, system } = process.threadCpuUsage(used)
    const cpu = (user + system) / 1000
    const waitedNow = waitedSoFar()
    const wall = now - at - 1
    if (wall > longest.wall) longest = { wall, cpu, waited: (waitedNow - delayed) / 1e6 }
    most = Math.max(most, cpu)
    at = now
    delayed = waitedNow
    used = process.threadCpuUsage()
  }, 1)
  return {
    stop: () => {
      clearInterval(timer)
      const { used: machineUsed, all } = machineTime()
      const { user, system } = process.cpuUsage(own)
      return {
        longest,
        cpu: most,
        machine: (machineUsed - machine.used) / Math.max(1, all - machine.all),
        own: (user + system) / 1000 / (performance.now() - begin)
      }
    }
  }
}
