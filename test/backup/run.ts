import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { CommandCheckpoint } from '../../src/lib/checkpoint.ts'
import { runHere } from '../cli/run.ts'

const main = new URL('../../dist/main.js', import.meta.url).pathname
const killAt = new URL('../support/kill-at.ts', import.meta.url).pathname

interface Death {
  at: CommandCheckpoint
  /** how likely, each time that it passes */
  chance?: number
}

interface Result {
  code: number | null
  signal?: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Runs a command in this process, which is cheaper by a start, or the bundle in a process of its own that kills itself. */
export const run = (args: readonly string[], env: Record<string, string>, death?: Death): Promise<Result> =>
  death ? runApart(args, env, death) : runHere(args, env)

/** Runs it in a process of its own. */
export async function runApart(
  args: readonly string[],
  env: Record<string, string>,
  { at, chance = 1 }: Partial<Death> = {}
): Promise<Result> {
  const child = spawn(process.execPath, [...(at ? ['--import', killAt] : []), main, ...args], {
    env: { PATH: process.env.PATH, ...env, ...(at && { KILL_AT: at, KILL_CHANCE: String(chance) }) },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]> // as documented
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { code, signal, stdout, stderr }
}

/** Runs a command that must succeed; gives what it printed. */
export async function succeed(args: readonly string[], env: Record<string, string>, how = run): Promise<string> {
  const { code, stdout, stderr } = await how(args, env)
  if (code !== 0) throw new Error(`${args.join(' ')}: ${code}\n${stdout}${stderr}`)
  return stdout
}
