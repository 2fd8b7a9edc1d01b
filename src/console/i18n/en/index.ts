import { audit } from './audit.ts'
import { channels } from './channels.ts'
import { keys } from './keys.ts'
import { models } from './models.ts'
import { attention, overview } from './overview.ts'
import { palette, parts, player, shortcuts, waterfall } from './parts.ts'
import { playground } from './playground.ts'
import { settings } from './settings.ts'
import { channelForm, setup } from './setup.ts'
import { shell } from './shell.ts'
import { signIn } from './sign-in.ts'
import { errors, health, reasons, states } from './states.ts'
import { stage, task, tasks } from './tasks.ts'
import { units } from './units.ts'
import { usage } from './usage.ts'
import { webhooks } from './webhooks.ts'

export const en = {
  shell,
  parts,
  player,
  waterfall,
  shortcuts,
  palette,
  units,
  states,
  health,
  errors,
  reasons,
  signIn,
  setup,
  channelForm,
  overview,
  attention,
  playground,
  tasks,
  task,
  stage,
  channels,
  models,
  keys,
  webhooks,
  usage,
  audit,
  settings
}
