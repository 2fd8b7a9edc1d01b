import { note, style } from './print.ts'

export interface Step {
  status: string
  progress: number
  metadata: { queue_position?: number }
}

export interface Progress {
  show(step: Step): void
  /** Leaves the screen as it was. */
  end(): void
}

const FRAME_MS = 120
const WIDTH = 24
const PLAIN_STEP = 25
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** How far a task is, on stderr: a bar in a terminal, else a line whenever something worth one changed. */
export const createProgress = (began: number): Progress =>
  process.stderr.isTTY ? createBar(began, process.stderr) : createLines()

function createBar(began: number, stream: NodeJS.WriteStream): Progress {
  let step: Step | undefined
  let frame = 0
  const draw = () => {
    if (!step) return
    const seconds = Math.floor((Date.now() - began) / 1000)
    const done = Math.round((step.progress / 100) * WIDTH)
    const bar = style('cyan', '█'.repeat(done), stream) + style('dim', '░'.repeat(WIDTH - done), stream)
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    const line = `${frames[frame++ % frames.length]} ${bar} ${String(step.progress).padStart(3)}%  ${wordsOf(step)}  ${clock}`
    stream.write(`\r\u001b[2K${line}`)
  }
  const timer = setInterval(draw, FRAME_MS)
  return {
    show(next) {
      step = next
      draw()
    },
    end() {
      clearInterval(timer)
      if (step) stream.write('\r\u001b[2K')
    }
  }
}

function createLines(): Progress {
  let said = ''
  return {
    show(step) {
      const words = wordsOf(step)
      const key = `${words} ${Math.floor(step.progress / PLAIN_STEP)}`
      if (key !== said) note(step.progress > 0 ? `${words} ${step.progress}%` : words)
      said = key
    },
    end: () => {}
  }
}

const wordsOf = ({ status, metadata: { queue_position: position } }: Step) =>
  position === undefined ? status : `${status}, place ${position} in the queue`
