import { restartIds } from '../../src/lib/ids.ts'

/* What each file of tests begins with in its worker, which others may have used before. */

// their clocks may have been days ahead, and ids do not go back
restartIds()

// Fastify looks for the name of a plugin among all modules that are loaded, a thousand in a worker, before it takes the function's own
const displayName = Symbol.for('fastify.display-name')

Object.defineProperty(Function.prototype, displayName, {
  configurable: true,
  get(this: Function) {
    return this.name || 'anonymous'
  },
  set(this: Function, value: string) {
    Object.defineProperty(this, displayName, { value, configurable: true, writable: true })
  }
})
