import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'
import { errorSerializers } from './lib/log-error.ts'

/**
 * Creates the log: JSON lines, buffered for up to half a second. On stderr (2), where commands log next to what they print, each line is
 * written at once.
 */
export function createLog(level: Config['LOG_LEVEL'], fd: 1 | 2 = 1): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: errorSerializers },
    pino.destination(fd === 1 ? { fd, sync: false, minLength: 4096, periodicFlush: 500 } : { fd, sync: true })
  )
}
