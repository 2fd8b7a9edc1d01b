import { changes, settings } from '../../routes/admin/channels.ts'
import { settings as modelSettings } from '../../routes/admin/models.ts'
import { shortListQuery } from '../../routes/list.ts'
import { ok, type Section } from '../operation.ts'
import { Channel, ChannelTest, Vendor } from '../shapes/channel.ts'
import { ModelSettings } from '../shapes/model.ts'
import { deleted, listOf } from '../shapes/shared.ts'

/* Where videos come from: channels at vendors, and the models that they serve. */

const reads = { access: 'admin', needs: 'channels:read' } as const
const writes = { access: 'admin', needs: 'channels:write' } as const
const modelsRead = { access: 'admin', needs: 'models:read' } as const
const modelsWrite = { access: 'admin', needs: 'models:write' } as const

const newChannel = {
  name: 'cloudsway-1',
  vendor: 'cloudsway',
  base_url: 'https://genaiapi.cloudsway.net',
  credential: 'YOUR-API-KEY',
  options: { endpoint_path: 'YOUR-ENDPOINT-PATH' },
  models: { 'kling-v1': 'kling-v1' },
  max_concurrency: 5
}

export const channels: Section = {
  name: 'Channels',
  description:
    'A channel is one account at a vendor. Channels that serve the same model share its load, and replace each other.',
  operations: {
    'POST /admin/channels': {
      ...writes,
      id: 'createChannel',
      summary: 'Create a channel',
      description: 'The credential is encrypted, and never returned.',
      body: { schema: settings, examples: { cloudsway: newChannel } },
      answers: ok(Channel, 'The channel.', 201),
      errors: ['conflict']
    },
    'GET /admin/channels': {
      ...reads,
      id: 'listChannels',
      summary: 'List channels',
      query: shortListQuery,
      answers: ok(listOf(Channel), 'The channels.')
    },
    'GET /admin/channels/{id}': {
      ...reads,
      id: 'retrieveChannel',
      summary: 'Retrieve a channel',
      description: 'Deleted ones too.',
      answers: ok(Channel, 'The channel.'),
      errors: ['not_found']
    },
    'PATCH /admin/channels/{id}': {
      ...writes,
      id: 'updateChannel',
      summary: 'Change a channel',
      description: 'Changes the fields that are sent. A new credential applies from the next submit.',
      body: { schema: changes, examples: { 'more at once': { max_concurrency: 10 } } },
      answers: ok(Channel, 'The channel.'),
      errors: ['not_found', 'conflict']
    },
    'DELETE /admin/channels/{id}': {
      ...writes,
      id: 'deleteChannel',
      summary: 'Delete a channel',
      answers: ok(deleted('channel'), 'It takes no more videos.'),
      errors: ['not_found', 'conflict']
    },
    'POST /admin/channels/test': {
      ...writes,
      id: 'testChannelSettings',
      summary: 'Test the settings of a channel',
      description: 'Before it is saved, with a request that costs nothing.',
      body: { schema: settings, examples: { cloudsway: newChannel } },
      answers: ok(ChannelTest, 'What the vendor said.')
    },
    'POST /admin/channels/{id}/test': {
      ...writes,
      id: 'testChannel',
      summary: 'Test a channel',
      description: 'With a request that costs nothing.',
      answers: ok(ChannelTest, 'What the vendor said.'),
      errors: ['not_found']
    },
    'GET /admin/vendors': {
      ...reads,
      id: 'listVendors',
      summary: 'List vendors',
      description: 'What a channel at each needs, what each makes, and what it charges.',
      answers: ok(listOf(Vendor), 'The vendors.')
    }
  }
}

const prices = [{ unit: 'second', amount: '0.10', currency: 'USD', when: { resolution: '1080p' } }]

export const modelSettingsSection: Section = {
  name: 'Models and prices',
  description: 'Public model names: which channels serve them in which order, and what they cost.',
  operations: {
    'GET /admin/models': {
      ...modelsRead,
      id: 'listModelSettings',
      summary: 'List models',
      query: shortListQuery,
      answers: ok(listOf(ModelSettings), 'The models.')
    },
    'GET /admin/models/{name}': {
      ...modelsRead,
      id: 'retrieveModelSettings',
      summary: 'Retrieve a model',
      answers: ok(ModelSettings, 'The model.'),
      errors: ['not_found', 'model_not_found']
    },
    'PUT /admin/models/{name}': {
      ...modelsWrite,
      id: 'putModelSettings',
      summary: 'Set a model',
      description: 'Creates the name, or replaces all of its settings.',
      body: { schema: modelSettings, examples: { prices: { prices } } },
      answers: ok(ModelSettings, 'The model.'),
      errors: ['conflict']
    },
    'PATCH /admin/models/{name}': {
      ...modelsWrite,
      id: 'updateModelSettings',
      summary: 'Change a model',
      description: 'Changes the fields that are sent. Prices apply to new videos only.',
      body: { schema: modelSettings, examples: { prices: { prices } } },
      answers: ok(ModelSettings, 'The model.'),
      errors: ['conflict', 'not_found', 'model_not_found']
    },
    'DELETE /admin/models/{name}': {
      ...modelsWrite,
      id: 'deleteModelSettings',
      summary: 'Delete the settings of a model',
      answers: ok(deleted('model'), 'They are deleted. Channels that map the name still serve it.'),
      errors: ['conflict', 'not_found', 'model_not_found']
    }
  }
}
