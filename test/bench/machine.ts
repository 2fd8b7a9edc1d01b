import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/* What the numbers depend on, and what the kernel knows of a process. */

const TICKS_PER_SECOND = 100
const hasProc = process.platform === 'linux'

/** CPU microseconds a process has used, with all its threads; 0 where the kernel does not tell. */
export const cpuOf = (pid: number): number => cpuIn(`/proc/${pid}/stat`)

/** The same, but only of its first thread, in which JavaScript runs. */
export const mainThreadCpuOf = (pid: number): number => cpuIn(`/proc/${pid}/task/${pid}/stat`)

function cpuIn(path: string): number {
  if (!hasProc) return 0
  // after the name, which may contain anything: state is field 3, utime 14, stime 15
  const fields = readFileSync(path, 'utf8').split(') ').at(-1)!.split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6
}

/** Resident megabytes, now or at the peak since `resetPeak`. */
export function memoryOf(pid: number, which: 'now' | 'peak' = 'now'): number {
  if (!hasProc) return 0
  const name = which === 'now' ? 'VmRSS' : 'VmHWM'
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

export function resetPeak(pid: number) {
  if (hasProc) writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** CPU seconds that the whole machine has worked, everybody's. */
export function busySeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + (user + nice + sys + irq) / 1000, 0)
}

const canPin = hasProc && cpus().length > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** The command that runs on one core: servers on 0, whoever asks them on 1. */
export function pinned(core: 0 | 1, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]]
}

export function machine() {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    versions: Object.fromEntries(
      ['fastify', 'undici', 'better-sqlite3', 'pino', 'autocannon'].map(name => [name, versionOf(name)])
    ),
    git: git('rev-parse', '--short', 'HEAD'),
    changed: git('status', '--porcelain', 'src').length > 0,
    pinned: canPin
  }
}

function versionOf(name: string): string {
  const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version // every package names its version
}
