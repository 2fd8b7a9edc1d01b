import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import type { Attempt, Exchange, List } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Code, type Snippet } from '../../parts/code.tsx'
import { Failure } from '../../parts/failure.tsx'
import { text, useUrl } from '../../state/url.ts'
import type { Shown } from './data.ts'
import style from './task.module.css'

const parameters = { wire: text }

/** What was said to the vendor and what it answered. */
export function Wire({ task, attempts }: { task: Shown; attempts: readonly Attempt[] }) {
  const { t, format } = useText()
  const [{ wire }, setUrl] = useUrl(parameters)
  const { data, error, refetch } = useQuery({
    queryKey: ['task', task.id, 'exchanges'],
    queryFn: ({ signal }) => get<List<Exchange>>(`/admin/tasks/${task.id}/exchanges`, undefined, signal)
  })
  const exchanges = data?.data ?? []
  const snippets = exchanges.map(exchange => ({
    name: exchange.id,
    label: labelOf(exchange),
    syntax: 'http' as const,
    text: textOf(exchange, format.duration(exchange.ms), t.task.cut)
  }))
  const first = firstOf(exchanges)
  return (
    <section className={style.part}>
      <div className={style.partHead}>
        <h2>{t.task.wire}</h2>
        {snippets.length > 0 && <span className="dim small">{t.task.masked}</span>}
      </div>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={160} radius="md" />}
      {data && snippets.length === 0 && <p className="dim">{t.task.noWire}</p>}
      {snippets.length > 0 && (
        <Code
          snippets={snippets satisfies Snippet[]}
          open={snippets.some(({ name }) => name === wire) ? wire : (first ?? '')}
          onOpen={name => setUrl({ wire: name === first ? '' : name }, { replace: true })}
        />
      )}
    </section>
  )

  function labelOf({ attempt, step, response }: Exchange): string {
    const at = attempts.findIndex(({ id }) => id === attempt)
    const status = response ? String(response.status) : t.task.noAnswer
    if (step !== 'submit') return `${t.task.exchangeSteps[step]} · ${status}`
    return [attempts.length > 1 && at >= 0 && String(at + 1), attempts[at]?.channel.name, status]
      .filter(Boolean)
      .join(' · ')
  }
}

/** What one wants to see first: what failed last, else the last submit. */
function firstOf(exchanges: readonly Exchange[]): string | undefined {
  const failed = exchanges.findLast(({ response }) => !response || response.status >= 400)
  const isEnd = failed === exchanges.at(-1)
  return (isEnd ? failed : (exchanges.findLast(({ step }) => step === 'submit') ?? exchanges[0]))?.id
}

function textOf({ request, response, error, truncated }: Exchange, took: string, cut: string): string {
  const asked = [`${request.method} ${request.url}`, ...linesOf(request.headers), ...bodyOf(request.body)]
  const answered = response
    ? ['', `${response.status} · ${took}`, ...linesOf(response.headers), ...bodyOf(response.body)]
    : ['', `${error ?? ''} · ${took}`]
  return [...asked, ...answered, ...(truncated ? ['', cut] : [])].join('\n')
}

const linesOf = (headers: Record<string, string>) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

function bodyOf(body: unknown): string[] {
  if (body === null || body === undefined || body === '') return []
  return ['', typeof body === 'string' ? pretty(body) : JSON.stringify(body, null, 2)]
}

/** JSON is easier to read in lines. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
