import { registerHooks } from 'node:module'
import { clearSleep, wakeAfter } from './agenda.ts'

/* Import this before anything of the product: what it would ask of chance, of time and of the disk, it then asks of the simulation. */

const here = (file: string) => ({ url: new URL(file, import.meta.url).href, shortCircuit: true })

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL } = context
    if (parentURL?.includes('/src/')) {
      if (specifier.endsWith('/lib/ids.ts')) return here('counted-ids.ts')
      if (specifier === 'node:timers/promises') return here('agenda.ts')
      if (parentURL.endsWith('/src/server.ts') && specifier === './db/index.ts') return here('shared-database.ts')
    }
    return next(specifier, context)
  }
})

// true because the product only waits by them and clears what it got
globalThis.setTimeout = wakeAfter as unknown as typeof setTimeout
globalThis.clearTimeout = clearSleep as typeof clearTimeout
