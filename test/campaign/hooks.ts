import { registerHooks } from 'node:module'
import { clearSleep, wakeAfter } from './agenda.ts'

/* Import this before anything of the product: what it would ask of chance, of time and of the disk, it then asks of the simulation. */

const product = new URL('../../src/', import.meta.url).href
const here = (file: string) => ({ url: new URL(`stand-ins/${file}`, import.meta.url).href, shortCircuit: true })

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context
    if (parentURL.startsWith(product)) {
      if (specifier.endsWith('/lib/ids.ts')) return here('ids.ts')
      if (specifier === 'node:timers/promises') return here('timers.ts')
      if (parentURL === `${product}secret-key.ts` && specifier === './db/index.ts') return here('database.ts')
    }
    return next(specifier, context)
  }
})

// true because the product only waits by them and clears what it got
globalThis.setTimeout = wakeAfter as unknown as typeof setTimeout
globalThis.clearTimeout = clearSleep as typeof clearTimeout
