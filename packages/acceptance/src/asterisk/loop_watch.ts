/** How long a program keeps its event loop from turning, and how much of that was its own doing. */

export interface LoopWatch {
  /**
   * The longest time between two turns of the loop, in ms. `cpu`: the most CPU time that this thread used between two turns; what the wall
   * clock has beyond it, the machine gave to others.
   */
  readonly stop: () => { readonly wall: number; readonly cpu: number }
}

/** Looks every millisecond. */
export const watchLoop = (): LoopWatch => {
  let wall = 0
  let cpu = 0
  let at = performance.now()
  let used = process.threadCpuUsage()
  const timer = setInterval(() => {
    const now = performance.now()
    const { user, system } = process.threadCpuUsage(used)
    wall = Math.max(wall, now - at - 1)
    cpu = Math.max(cpu, (user + system) / 1000)
    at = now
    used = process.threadCpuUsage()
  }, 1)
  return {
    stop: () => {
      clearInterval(timer)
      return { wall, cpu }
    }
  }
}
