import { z } from 'zod'
import { runtimeSettings } from '../domain/settings.ts'
import { settings as channelSettings } from '../http/routes/admin/channels.ts'
import { settings as keySettings } from '../http/routes/admin/keys.ts'
import { named, settings as modelSettings } from '../http/routes/admin/models.ts'
import { changes as endpointChanges, creation as endpointCreation } from '../http/routes/webhooks.ts'

/* What a configuration file may contain: the settings of the admin API, where other objects are named by their names. */

const channel = channelSettings.extend({
  credential: channelSettings.shape.credential.describe('The key of the vendor account, best as ${VARIABLE}.')
})

const key = keySettings
  .extend({
    secret: z.string().optional().describe('The key itself, as ${VARIABLE}. `reelay config key` makes one.'),
    hash: z.string().optional().describe('Instead of the secret: its hash, from `reelay config export`.'),
    hint: z.string().max(20).optional().describe('With a hash: the first characters of the secret.')
  })
  .refine(({ secret, hash }) => (secret === undefined) !== (hash === undefined), {
    message: 'needs either secret or hash'
  })

const candidate = modelSettings.shape.candidates
  .unwrap()
  .unwrap()
  .element.extend({
    channel: z.string().describe('The name of a channel.')
  })

const model = z.strictObject({
  ...named.shape,
  ...modelSettings.shape,
  candidates: z.array(candidate).max(100).nullable().optional()
})

const webhook = z.strictObject({
  name: endpointCreation.shape.name.unwrap(),
  key: z.string().min(1).describe('The name of the key whose events it receives.'),
  url: endpointCreation.shape.url,
  event_types: endpointCreation.shape.event_types,
  signing_secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64')
    .describe('The secret that signs events, as ${VARIABLE}.'),
  disabled: endpointChanges.shape.disabled.unwrap().default(false)
})

export const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  channels: unique(z.array(channel), ({ name }) => name).describe('Vendor accounts.'),
  models: unique(z.array(model), ({ name }) => name).describe('Public models: who serves them, and their prices.'),
  keys: unique(z.array(key), ({ name }) => name).describe('API keys with their limits and budgets.'),
  webhooks: unique(z.array(webhook), one => `${one.key} ${one.name}`).describe('Endpoints that receive events.'),
  settings: runtimeSettings.partial().default({}).describe('Settings that hold unless the environment sets them.')
})

export type FileContent = z.infer<typeof fileSchema>
export type FileChannel = FileContent['channels'][number]
export type FileModel = FileContent['models'][number]
export type FileKey = FileContent['keys'][number]
export type FileWebhook = FileContent['webhooks'][number]

/** Returns the JSON Schema of configuration files, for editors. */
export const jsonSchema = () => ({
  title: 'The configuration file of reelay',
  ...z.toJSONSchema(fileSchema, { io: 'input', unrepresentable: 'any' })
})

/** A list whose items have names of their own. */
function unique<Item extends z.ZodType>(list: z.ZodArray<Item>, nameOf: (item: z.infer<Item>) => string) {
  return list
    .superRefine((items, context) => {
      const seen = new Set<string>()
      for (const [index, item] of items.entries()) {
        const name = nameOf(item)
        if (seen.has(name))
          context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is the name of another one above' })
        seen.add(name)
      }
    })
    .default([])
}
