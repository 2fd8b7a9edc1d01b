import type { Operation } from './operation.ts'

/* How requests say who asks. */

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: '`Authorization: Bearer sk-…`. The schemes `Key` and `Token`, and a bare key, are read too.'
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'api-key', description: 'As AzureOpenAI clients send it.' },
  xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  session: { type: 'apiKey', in: 'cookie', name: 'reelay_session', description: 'A session of the console.' },
  consoleHeader: {
    type: 'apiKey',
    in: 'header',
    name: 'x-reelay-console',
    description: 'Always `1`. With a session, changes need it, and the console’s own origin.'
  },
  link: {
    type: 'apiKey',
    in: 'query',
    name: 'signature',
    description: 'The signature of a link, in the `url` of a video.'
  }
}

type Requirement = Partial<Record<keyof typeof securitySchemes, []>>

const byKey: Requirement[] = [{ bearer: [] }, { apiKey: [] }, { xApiKey: [] }]

/** Returns what a request must have: one of these. */
export function securityOf(access: Operation['access'], method: string): Requirement[] {
  const session: Requirement = method === 'GET' ? { session: [] } : { session: [], consoleHeader: [] }
  switch (access) {
    case 'public':
      return []
    case 'console':
      return [{ consoleHeader: [] }]
    case 'session':
      return [session]
    case 'link':
      return [...byKey, session, { link: [] }]
    case 'key':
    case 'admin':
      return [...byKey, session]
  }
}
