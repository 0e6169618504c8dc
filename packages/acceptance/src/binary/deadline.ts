/** Waiting for something, but not for ever. */

/** Milliseconds between two looks at what nobody tells of. */
const LOOK = 20

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Fails, with what was waited for, after so many milliseconds. */
export const within = <A>(milliseconds: number, what: string, promise: Promise<A>): Promise<A> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not within ${milliseconds / 1000} s: ${what}`)), milliseconds)
    promise.then(resolve, reject).finally(() => clearTimeout(late))
  })

/** Looks until it is so; answers whether it became so in time. */
export const becomes = async (condition: () => boolean, milliseconds: number): Promise<boolean> => {
  const end = performance.now() + milliseconds
  while (!condition()) {
    if (performance.now() > end) return false
    await pause(LOOK)
  }
  return true
}
