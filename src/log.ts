import { isatty } from 'node:tty'
import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'
import { errorSerializers } from './lib/log-error.ts'
import { prettyLine } from './lib/pretty-line.ts'

/**
 * Creates the log: a JSON object or a readable line for each entry, buffered for up to half a second. In a terminal, and on stderr (2), where
 * commands log next to what they print, each line is written at once.
 */
export function createLog({ LOG_LEVEL, LOG_FORMAT }: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>, fd: 1 | 2 = 1): Logger {
  const isTerminal = isatty(fd)
  const destination = pino.destination(
    fd === 2 || isTerminal ? { fd, sync: true } : { fd, sync: false, minLength: 4096, periodicFlush: 500 }
  )
  const options = {
    level: LOG_LEVEL,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: errorSerializers
  }
  if ((LOG_FORMAT ?? (isTerminal ? 'pretty' : 'json')) === 'json') return pino(options, destination)
  const colour = isTerminal && (fd === 1 ? process.stdout : process.stderr).hasColors()
  const readable = {
    write: (line: string) => void destination.write(prettyLine(line, colour)),
    // pino flushes what has it
    flush: (done: () => void) => destination.flush(done)
  }
  return pino(options, readable)
}
