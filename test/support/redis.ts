import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whether this machine has a Redis or Valkey to start. */
const command = ['redis-server', 'valkey-server'].find(name => spawnSync(name, ['--version']).status === 0)
export const hasRedis = command !== undefined

/** A real Redis in memory, that may be killed and started again at the same address. */
export async function startRedis() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // it listens on TCP
  await new Promise(resolve => probe.close(resolve))
  let child: ChildProcess | undefined

  const redis = {
    url: `redis://127.0.0.1:${port}`,

    async start() {
      const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
      child = spawn(command!, flags, { stdio: ['ignore', 'pipe', 'ignore'] })
      let output = ''
      child.stdout!.on('data', chunk => (output += String(chunk)))
      for (let tries = 0; !output.includes('Ready to accept connections'); tries++) {
        if (tries > 200) throw new Error(`Redis does not start: ${output}`)
        await sleep(50)
      }
    },

    /** `kill -9`. */
    async kill() {
      const gone = once(child!, 'exit')
      child!.kill('SIGKILL')
      await gone
    },

    /** It keeps its connections and answers nothing. */
    stall: () => child!.kill('SIGSTOP'),
    resume: () => child!.kill('SIGCONT'),
    close: () => redis.kill()
  }
  await redis.start()
  return redis
}
