import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forAllTests, forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { main } from './run.ts'

/* What a person sees of `generate`, in a real terminal: `script` (util-linux) makes one. */

const vendor = forAllTests(startFakeCloudsway)
const server = forAllTests(() => startTestServer({ channel: vendor.channel() }))
const folder = forEachTest(() => makeFolder('terminal'))
let env: Record<string, string>
beforeAll(async () => {
  await server.newChannel(vendor.channel({ models: { narrow: 'kling-v1' }, max_concurrency: 1 }))
  env = { REELAY_URL: server.url, REELAY_KEY: await server.memberKey() }
})
beforeEach(() => {
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')
})

const generate = (...more: string[]) => [process.execPath, main, 'generate', 'p', '-m', ...more].join(' ')

test('a bar moves, with the state and the time; at the end nothing is left of it', async () => {
  const { code, drawn, screen } = await inTerminal(generate('kling-v1', '-o', 'a.mp4'))
  expect(code).toBe(0)
  expect(drawn).toMatch(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] [█░]{24} +\d+% {2}in_progress {2}0:0\d$/m)
  expect(new Set(drawn.match(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g)).size).toBeGreaterThan(3)
  expect(screen).toEqual([expect.stringMatching(/^video_\w+$/), 'saved a.mp4 (0.00 MB)', ''])
})

test('what goes to a file beside the bar is plain', async () => {
  const { code, drawn, screen } = await inTerminal(`${generate('kling-v1', '-o', 'a.mp4')} > out.txt`)
  expect({ code, screen }).toEqual({ code: 0, screen: [''] })
  expect(drawn).toContain('░')
  expect(readFileSync(join(folder.path, 'out.txt'), 'utf8')).toMatch(/^video_\w+\nsaved a\.mp4 \(0\.00 MB\)\n$/)
})

test('a failure is all that is left', async () => {
  vendor.onPoll = ({ polls }) => (polls > 1 ? 'failed' : 'processing')
  const { code, drawn, screen } = await inTerminal(generate('kling-v1'))
  expect(code).toBe(1)
  expect(drawn).toContain('in_progress')
  expect(screen).toEqual([
    expect.stringMatching(/^video_\w+$/),
    expect.stringMatching(/^video_\w+ failed \(generation_failed\): the generation failed$/),
    ''
  ])
})

test('its place in the queue, in a narrow terminal; Ctrl-C takes the bar away and says how to go on', async () => {
  vendor.onPoll = () => 'processing'
  await server.newVideo({ model: 'narrow' })
  let pressed = false
  const { code, drawn, screen } = await inTerminal(generate('narrow'), {
    columns: 48,
    press(output) {
      if (pressed || !output.includes('position 1')) return ''
      pressed = true
      return '\u0003'
    }
  })
  expect(code).toBe(130)
  const bars = drawn.match(/^.*%.*$/gm) ?? []
  expect(bars[0]).toMatch(/^⠋ ░+ +0% {2}queued, queue position 1 {2}0:00(\^C)?$/)
  expect(Math.max(...bars.map(bar => bar.length))).toBeLessThan(48)
  const [id, ...rest] = screen
  expect(rest.join('')).toMatch(
    new RegExp(`^Stopped waiting\\. The task continues\\. Save its video later: .*generate --resume ${id}$`)
  )
})

test('it reads nothing: a loop over prompts keeps its input, and a job in the background is not stopped', async () => {
  vendor.onPoll = () => 'succeed'
  writeFileSync(join(folder.path, 'prompts'), 'one\ntwo\n')
  const looped = await inTerminal(`while read -r line; do ${generate('kling-v1', '-o', '$line.mp4')}; done < prompts`)
  const saved = looped.screen.filter(line => line.startsWith('saved'))
  expect(saved).toEqual(['saved one.mp4 (0.00 MB)', 'saved two.mp4 (0.00 MB)'])

  const { drawn } = await inTerminal(`set -m; ${generate('kling-v1', '-o', 'job.mp4')} & wait $!`)
  expect(drawn).toContain('saved job.mp4')
})

interface Terminal {
  columns?: number
  /** sees all output so far whenever there is more; what it gives is typed */
  press?(output: string): string
}

/** Runs a shell command in a terminal of its own. Gives what was ever drawn there, a line for each time, and what stands there at the end. */
async function inTerminal(command: string, { columns = 100, press = () => '' }: Terminal = {}) {
  const shell = `stty cols ${columns}; ${command}`
  const child = spawn('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, SHELL: '/bin/bash', TERM: 'xterm', ...env }
  })
  onTestFinished(() => void child.kill())
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    child.stdin.write(press(output))
  })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, drawn: stripVTControlCharacters(output.replaceAll('\r', '\n')), screen: screenOf(output, columns) }
}

/** The lines that stand on a screen after `output`, without colours; of what moves a cursor it knows what is used here. */
function screenOf(output: string, columns: number): string[] {
  const lines: string[][] = [[]]
  let column = 0
  for (const [erased, part] of output.split('\u001b[2K').entries()) {
    if (erased) lines.at(-1)!.fill(' ')
    for (const sign of stripVTControlCharacters(part)) {
      if (sign === '\r') column = 0
      else if (sign === '\n' || column === columns) {
        lines.push([])
        column = 0
      }
      if (sign >= ' ') lines.at(-1)![column++] = sign
    }
  }
  return lines.map(line => line.join('').trimEnd())
}
