/* Fastify looks for the name of a plugin among all modules that are loaded, a thousand in a worker, before it takes the function's own: a tenth of a start. */

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
