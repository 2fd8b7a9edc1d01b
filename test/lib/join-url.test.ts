import { expect, test } from 'vitest'
import { joinUrl } from '../../src/lib/join-url.ts'

test.each([
  ['https://api.test', '/v1/videos', 'https://api.test/v1/videos'],
  ['https://api.test/', '/v1/videos', 'https://api.test/v1/videos'],
  ['https://api.test/v1', '/v1/videos', 'https://api.test/v1/videos'],
  ['https://api.test/v1/', '/v2/videos', 'https://api.test/v2/videos'],
  ['https://api.test/ent/v2', '/ent/v2/text2video', 'https://api.test/ent/v2/text2video'],
  ['https://api.test/relay/v1', '/v1/videos', 'https://api.test/relay/v1/videos'],
  ['https://api.test/v1', '/videos', 'https://api.test/v1/videos'],
  ['https://api.test/v1', '', 'https://api.test/v1'],
  ['https://api.test/v1', '/videos/v1/content', 'https://api.test/v1/videos/v1/content'],
  [
    'https://api.test/api/plan/v3',
    '/contents/generations/tasks',
    'https://api.test/api/plan/v3/contents/generations/tasks'
  ],
  ['https://api.test', '/v1beta/models/veo:predict', 'https://api.test/v1beta/models/veo:predict']
])('%s and %s', (base, path, url) => expect(joinUrl(base, path)).toBe(url))
