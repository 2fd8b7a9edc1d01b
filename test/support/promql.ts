/* A reader of the part of PromQL that our dashboard and alerts use (prometheus.io/docs/prometheus/latest/querying): it refuses everything else. */

export interface Query {
  /** the series that are read, with the labels of their selectors */
  series: { name: string; labels: string[] }[]
  /** the labels of `by` */
  grouped: string[]
  /** the labels of the result; null: all of its series */
  result: string[] | null
}

const aggregations = new Set(['sum', 'max', 'min', 'avg', 'count', 'topk'])
const overRange = new Set(['rate', 'increase'])
const functions = new Set([...overRange, 'histogram_quantile', 'vector'])
const binary = ['==', '!=', '>=', '<=', '>', '<', '+', '-', '*', '/', 'and', 'or', 'unless']

type Token = { kind: 'word' | 'number' | 'text' | 'range' | 'mark'; text: string }

/** Reads a query. Throws where Prometheus would, and at what this reader does not know. */
export function checkQuery(text: string): Query {
  const tokens = split(text)
  const series: Query['series'] = []
  const grouped: string[] = []
  let at = 0

  const peek = () => tokens[at]?.text
  const next = () => {
    const token = tokens[at++]
    if (!token) throw new Error(`ends too early: ${text}`)
    return token
  }
  const take = (wanted: string) => {
    const token = next()
    if (token.text !== wanted) throw new Error(`${wanted} expected instead of ${token.text}: ${text}`)
  }

  const result = expression()
  if (at < tokens.length) throw new Error(`nothing can follow: ${peek()} in ${text}`)
  return { series, grouped, result }

  /** Operands joined by operators; the result has the labels of the first that has some. */
  function expression(): string[] | null {
    let labels = operand()
    while (binary.includes(peek() ?? '')) {
      next()
      const right = operand()
      labels = labels?.length === 0 && right !== null ? right : labels
    }
    return labels
  }

  function operand(): string[] | null {
    const token = next()
    if (token.kind === 'number') return []
    if (token.text === '(') {
      const inside = expression()
      take(')')
      return inside
    }
    if (token.kind !== 'word') throw new Error(`${token.text} is no operand: ${text}`)
    if (aggregations.has(token.text)) return aggregation(token.text)
    if (functions.has(token.text)) return call(token.text)
    return selector(token.text, false)
  }

  function aggregation(name: string): string[] | null {
    const by: string[] = []
    if (peek() === 'by') {
      next()
      take('(')
      while (peek() !== ')') {
        by.push(next().text)
        if (peek() === ',') next()
      }
      take(')')
      grouped.push(...by)
    }
    take('(')
    if (name === 'topk') {
      if (next().kind !== 'number') throw new Error(`topk of how many? ${text}`)
      take(',')
    }
    const inside = expression()
    take(')')
    return name === 'topk' ? inside : by
  }

  function call(name: string): string[] | null {
    take('(')
    if (name === 'histogram_quantile') {
      if (!(Number(next().text) < 1)) throw new Error(`which quantile? ${text}`)
      take(',')
    }
    let labels: string[] | null
    if (overRange.has(name)) labels = selector(next().text, true)
    else labels = expression()
    take(')')
    if (name === 'histogram_quantile') {
      if (!labels?.includes('le')) throw new Error(`histogram_quantile needs le: ${text}`)
      return labels.filter(label => label !== 'le')
    }
    return labels
  }

  function selector(name: string, isRange: boolean): string[] | null {
    const labels: string[] = []
    if (peek() === '{') {
      next()
      while (peek() !== '}') {
        labels.push(next().text)
        if (!['=', '!=', '=~', '!~'].includes(next().text)) throw new Error(`a matcher: ${text}`)
        if (next().kind !== 'text') throw new Error(`a value: ${text}`)
        if (peek() === ',') next()
      }
      take('}')
    }
    if (isRange && next().kind !== 'range') throw new Error(`rate and increase need a range: ${text}`)
    if (!isRange && tokens[at]?.kind === 'range') throw new Error(`a range outside of rate and increase: ${text}`)
    if (isRange && !/_(total|bucket|sum|count)$/.test(name)) throw new Error(`rate of what is no counter: ${name}`)
    if (!isRange && /_(total|bucket)$/.test(name)) throw new Error(`a counter without rate or increase: ${name}`)
    series.push({ name, labels })
    return null
  }
}

const patterns: [Token['kind'], RegExp][] = [
  ['range', /^\[(?:\d+[smhd]|\$__range|\$__rate_interval)\]/],
  ['number', /^\d+(?:\.\d+)?/],
  ['text', /^"(?:[^"\\]|\\.)*"/],
  ['word', /^[a-z_][a-z0-9_]*/],
  ['mark', /^(?:==|!=|>=|<=|=~|!~|[=><+\-*/(){},])/]
]

function split(text: string): Token[] {
  const tokens: Token[] = []
  for (let rest = text.trimStart(); rest !== '';) {
    const found = patterns.flatMap(([kind, pattern]) => {
      const [match] = pattern.exec(rest) ?? []
      return match === undefined ? [] : [{ kind, text: match }]
    })[0]
    if (!found) throw new Error(`not PromQL at ${rest}`)
    tokens.push(found)
    rest = rest.slice(found.text.length).trimStart()
  }
  return tokens
}
