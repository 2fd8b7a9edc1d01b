import { spawn } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import { vi } from 'vitest'
import { runCli } from '../../src/cli/index.ts'

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
): Promise<Ran & { bytes: Buffer }> {
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
  const [bytes, stderr, code] = await Promise.all([buffer(child.stdout), text(child.stderr), exited])
  return { code, stdout: bytes.toString(), stderr, bytes }
}

/**
 * Runs commands that read no stdin, one at a time: each of them first as the bundle that ships, in a process that must end, and from then on in
 * this process, which is cheaper by a start.
 */
export function createRunner(): (args: readonly string[], env: Record<string, string>) => Promise<Ran> {
  const shipped = new Set<string>()
  return (args, env) => {
    const command = args.slice(0, 2).join(' ')
    const isNew = !shipped.has(command)
    shipped.add(command)
    return isNew ? reelay(args, env) : runHere(args, env)
  }
}

/** Runs a command in this process, from the source. */
export async function runHere(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const { env: usual, exitCode } = process
  const written = { stdout: '', stderr: '' }
  const listeners = process.stdout.listeners('error')
  const spies = (['stdout', 'stderr'] as const).map(name =>
    vi.spyOn(process[name], 'write').mockImplementation(chunk => {
      written[name] += String(chunk)
      return true
    })
  )
  process.env = { PATH: usual.PATH, ...env }
  process.exitCode = undefined
  try {
    return { code: await runCli([process.execPath, main, ...args]), ...written }
  } finally {
    process.env = usual
    process.exitCode = exitCode
    for (const spy of spies) spy.mockRestore()
    // each call leaves a listener; true of every listener that it is such a function
    for (const listener of process.stdout.listeners('error') as (() => void)[])
      if (!listeners.includes(listener)) process.stdout.off('error', listener)
  }
}
