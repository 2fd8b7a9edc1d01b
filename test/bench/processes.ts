import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { pinned } from './machine.ts'

export interface Running {
  url: string
  pid: number
  /** milliseconds from the start to the first line */
  startMs: number
  stop(): Promise<void>
}

const all = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of all) child.kill('SIGKILL')
})

/** Starts a program that says its address in its first line, on the servers' core. */
export async function start(
  args: readonly string[],
  {
    env = {},
    core = 0,
    command = process.execPath
  }: { env?: Record<string, string>; core?: 0 | 1; command?: string } = {}
): Promise<Running> {
  const [program, all_] = pinned(core, command, args)
  const began = performance.now()
  const child = spawn(program, all_, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  all.add(child)
  const exited = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    let text: string | null = ''
    child.stdout.on('data', (chunk: Buffer) => {
      if (text === null) return
      text += chunk.toString()
      const found = /https?:\/\/[\w.:[\]]+/.exec(text)?.[0]
      if (!found || !text.includes('\n')) return
      resolve(found)
      // a log that goes on is read and dropped
      text = null
    })
    exited.then(() => reject(new Error(`${args.join(' ')} did not start:\n${text}`)), reject)
  })
  return { url, pid: child.pid!, startMs: performance.now() - began, stop: () => end(child, exited) }
}

async function end(child: ChildProcess, exited: Promise<unknown>) {
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await exited.catch(() => {})
  clearTimeout(late)
  all.delete(child)
}
