import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Measured, Order } from './client.ts'
import { pinned } from './machine.ts'

export type Client = Awaited<ReturnType<typeof startClient>>

/** A client process; each order waits for the one before. */
export async function startClient() {
  const script = new URL('client.ts', import.meta.url).pathname
  const [execPath, args] = pinned(1, process.execPath, [script])
  const child = fork(args.pop()!, [], { execPath, execArgv: args })
  const stop = () => void child.kill()
  process.once('exit', stop)
  await once(child, 'spawn')

  return {
    async run(order: Order): Promise<Measured> {
      child.send(order)
      // what client.ts sends, nothing else
      const [{ measured, error }] = (await once(child, 'message')) as [{ measured?: Measured; error?: string }]
      if (!measured) throw new Error(error)
      return measured
    },
    stop
  }
}
