import type { Logger } from 'pino'
import { openOidc } from '../admin/oidc.ts'
import { checkAlerts } from '../alerts/index.ts'
import { isRestoring } from '../backup/journal.ts'
import type { Config } from '../config.ts'
import { ConfigError } from '../errors.ts'
import { createGuard } from '../upstream/guard.ts'

/** Finds what is wrong between several settings, before anything is opened. Returns the sign-in at an identity provider. Throws ConfigError. */
export function checkConfig(config: Config, log: Logger) {
  if (isRestoring(config.DATA_DIR))
    throw new ConfigError('A restore of this folder was interrupted. Start the server, or restore again, to finish it.')
  const { check } = createGuard({ allow: config.OUTBOUND_ALLOW })
  checkAlerts(config, check)
  return { oidc: openOidc(config, check, log) }
}
