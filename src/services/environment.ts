import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Exchange } from '../upstream/exchange.ts'

/** What all services share; tests pass their own clock and random numbers. */
export interface Environment {
  config: Config
  log: Logger
  now?(): number
  /** milliseconds at an even rate, unaffected by changes of the wall clock */
  monotonic?(): number
  random?(): number
  /** what `${VAR}` in the configuration file means */
  env?: Record<string, string | undefined>
  /** replaces the exchange with vendors, in simulations */
  exchange?: Exchange
}
