import type { Operation } from './operation.ts'

/** Returns a command line that calls an operation. docs.js replaces REELAY_URL by the address of the page. */
export function curlOf(method: string, path: string, { requestBody, security = [], responses }: Operation): string {
  const url = `$REELAY_URL${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'id' ? '$ID' : `$${name.toUpperCase()}`))}`
  const needs = (scheme: string) => security.some(one => Object.hasOwn(one, scheme))
  const [example] = Object.values(requestBody?.content['application/json']?.examples ?? {})
  const isFile = Object.keys(responses['200']?.content ?? {}).includes('video/*')
  const isStream = Object.keys(responses['200']?.content ?? {}).includes('text/event-stream')
  return [
    `curl -sS${isStream ? ' -N' : ''}${isFile ? ' -o video.mp4' : ''} ${method === 'GET' || (method === 'POST' && example) ? '' : `-X ${method} `}"${url}"`,
    ...(needs('bearer')
      ? [`-H "Authorization: Bearer ${path.startsWith('/admin') ? '$ADMIN_KEY' : '$REELAY_KEY'}"`]
      : []),
    ...(needs('session') && !needs('bearer') ? ['-b "reelay_session=$SESSION"'] : []),
    ...(needs('consoleHeader') && !needs('bearer') ? ['-H "x-reelay-console: 1" -H "Origin: $REELAY_URL"'] : []),
    ...(example
      ? ['-H "Content-Type: application/json"', `-d '${JSON.stringify(example.value).replaceAll("'", "'\\''")}'`]
      : [])
  ].join(' \\\n  ')
}
