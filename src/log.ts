import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'
import { errorSerializers } from './lib/log-error.ts'

/**
 * The log: JSON lines, gathered a little so that a busy server does not write one by one. On stderr (2), where commands log beside what
 * they print, each line goes out at once.
 */
export function createLog(level: Config['LOG_LEVEL'], fd: 1 | 2 = 1): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: errorSerializers },
    pino.destination(fd === 1 ? { fd, sync: false, minLength: 4096, periodicFlush: 500 } : { fd, sync: true })
  )
}
