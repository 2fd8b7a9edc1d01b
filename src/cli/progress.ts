import { cut, note, style } from './print.ts'

export interface Step {
  status: string
  progress: number
  metadata: { queue_position?: number }
}

export interface Progress {
  show(step: Step): void
  /** Restores the screen. */
  end(): void
}

const FRAME_MS = 120
const WIDEST = 24
// for terminals without a known width
const DEFAULT_COLUMNS = 80
const ERASE = '\r\u001b[2K'
const PLAIN_STEP = 25
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Shows a task's progress on stderr: a bar in a terminal, else a line for each notable change. */
export const createProgress = (began: number): Progress =>
  process.stderr.isTTY ? createBar(began, process.stderr) : createLines()

/** Not the progress bar of @clack/prompts, which reads the keyboard while it draws (src/README.md, decisions). */
function createBar(began: number, stream: NodeJS.WriteStream): Progress {
  let step: Step | undefined
  let frame = 0
  const draw = () => {
    if (!step) return
    // a wrapped line could not be erased; Ctrl-C adds a ^C
    const columns = (stream.columns || DEFAULT_COLUMNS) - 3
    const said = ` ${String(step.progress).padStart(3)}%  ${wordsOf(step)}  ${clockOf(Date.now() - began)}`
    const width = Math.max(0, Math.min(WIDEST, columns - 2 - said.length))
    const done = Math.round((step.progress / 100) * width)
    const bar = style('cyan', '█'.repeat(done), stream) + style('dim', '░'.repeat(width - done), stream)
    stream.write(`${ERASE}${frames[frame++ % frames.length]} ${bar}${cut(said, columns - 2)}`)
  }
  const timer = setInterval(draw, FRAME_MS)
  return {
    show(next) {
      step = next
      draw()
    },
    end() {
      clearInterval(timer)
      if (step) stream.write(ERASE)
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
  position === undefined ? status : `${status}, queue position ${position}`

/** Formats milliseconds as `1:05`. */
function clockOf(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
