import { addressOf } from '../../api/client.ts'
import { Code } from '../../parts/code.tsx'
import { snippetsOf } from '../../parts/snippets.ts'
import { useText } from '../../i18n/index.tsx'
import { isJson, requestOf, shownOf, type LocalImage, type Settings } from './settings.ts'

interface Props {
  settings: Settings
  model: string
  local: readonly LocalImage[]
  /** of the task on the stage */
  task: string | null
  events: readonly { name: string; data: unknown }[]
}

/** The same request in code, as it is sent, and the events that answer it. */
export function SameInCode({ settings, model, local, task, events }: Props) {
  const { t } = useText()
  const asked = shownOf(requestOf(isJson(settings.meta) ? settings : { ...settings, meta: '' }, model, local))
  const { host } = new URL(addressOf('/'))
  const request = `POST /v1/video/generations HTTP/1.1
Host: ${host}
Authorization: Bearer $REELAY_KEY
Content-Type: application/json

${JSON.stringify(asked, null, 2)}`
  const log =
    events.length > 0
      ? events.map(({ name, data }) => `event: ${name}\ndata: ${JSON.stringify(data, null, 2)}`).join('\n\n')
      : t.playground.noEvents
  const stream = `GET /v1/videos/${task ?? '{id}'}/events HTTP/1.1
Host: ${host}
Authorization: Bearer $REELAY_KEY

${log}`
  return (
    <Code
      snippets={[
        ...snippetsOf(asked),
        { name: 'request', label: t.playground.request, syntax: 'http', text: request },
        { name: 'events', label: t.playground.events, syntax: 'http', text: stream }
      ]}
    />
  )
}
