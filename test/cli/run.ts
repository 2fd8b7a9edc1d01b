import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

interface Options {
  cwd?: string
  stdin?: string
  /** sees all output so far whenever there is more; may send a signal */
  watch?(output: string, send: (signal: NodeJS.Signals) => void): void
  node?: string
}

export const main = new URL('../../dist/main.js', import.meta.url).pathname

/** Runs the bundle as a person or a script would; nothing of this process's environment but PATH reaches it. */
export async function reelay(
  args: readonly string[],
  env: Record<string, string>,
  { cwd, stdin = '', watch, node = process.execPath }: Options = {}
): Promise<Ran> {
  const child = spawn(node, [main, ...args], {
    env: { PATH: process.env.PATH, ...env },
    ...(cwd !== undefined && { cwd }),
    stdio: ['pipe', 'pipe', 'pipe']
  })
  child.stdin.end(stdin)
  let output = ''
  const look = (chunk: Buffer) => watch?.((output += String(chunk)), signal => child.kill(signal))
  child.stdout.on('data', look)
  child.stderr.on('data', look)
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { code, stdout, stderr }
}
