import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoint } from '../../src/lib/checkpoint.ts'
import { ADMIN_KEY } from './environment.ts'

interface Death {
  /** where it kills itself */
  at: Checkpoint
  /** how likely, each time that it passes */
  chance?: number
}

const killAt = new URL('kill-at.ts', import.meta.url).pathname

export interface SpawnedServer {
  url: string
  child: ChildProcess
  exited: Promise<unknown>
  /** what it has printed so far */
  output(): string
  /** SIGTERM, until it is gone */
  close(): Promise<unknown>
}

/** A server in a process of its own, from the bundle unless `main` is another; it may be killed, or kill itself. */
export async function spawnServer(
  env: Record<string, string> & { DATA_DIR: string },
  death?: Death,
  main = 'dist/main.js'
): Promise<SpawnedServer> {
  const address = join(env.DATA_DIR, 'address')
  rmSync(address, { force: true })
  const child = spawn(process.execPath, [...(death ? ['--import', killAt] : []), main, 'serve'], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      ...env,
      ...(death && { KILL_AT: death.at, KILL_CHANCE: String(death.chance ?? 1) })
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let output = ''
  child.stdout.on('data', chunk => (output += chunk))
  child.stderr.on('data', chunk => (output += chunk))
  const exited = once(child, 'exit')
  // a file, not a pause: the server writes it when it listens
  for (let tries = 0; !existsSync(address) || readFileSync(address, 'utf8') === ''; tries++) {
    if (child.exitCode !== null || tries > 3000) throw new Error(`the server did not start:\n${output}`)
    await new Promise(resolve => setTimeout(resolve, 5))
    if (child.signalCode !== null) break
  }
  return {
    url: existsSync(address) ? readFileSync(address, 'utf8') : '',
    child,
    exited,
    output: () => output,
    close() {
      child.kill()
      return exited
    }
  }
}

/** A request of the operator's to such a server, which must be answered with what was asked for. */
export async function adminCall<Body>(url: string, method: string, path: string, body?: object): Promise<Body> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text) as Body // the documented shape
}
