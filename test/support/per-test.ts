import { beforeAll, beforeEach } from 'vitest'

/**
 * Makes something for each test of this file or `describe`, and closes it afterwards; what was made last is closed first.
 * What it gives stands for the one that the running test has: outside of tests and hooks there is none, and using it throws.
 */
export const forEachTest = <Made extends object>(make: () => Made | Promise<Made>): Made => standIn(make, beforeEach)

/** The same, made once for all tests of this file or `describe`. */
export const forAllTests = <Made extends object>(make: () => Made | Promise<Made>): Made => standIn(make, beforeAll)

function standIn<Made extends object>(
  make: () => Made | Promise<Made>,
  before: (hook: () => Promise<() => Promise<void>>) => void
): Made {
  let made: Made | undefined
  before(async () => {
    const present = (made = await make())
    return async () => {
      if ('close' in present && typeof present.close === 'function') await present.close()
      made = undefined
    }
  })
  const present = () => {
    if (!made) throw new Error('this is made when a test begins, and there is none now')
    return made
  }
  // true because whatever is asked of it is asked of what was made
  return new Proxy({} as Made, {
    get: (_, name) => Reflect.get(present(), name),
    set: (_, name, value) => Reflect.set(present(), name, value)
  })
}
