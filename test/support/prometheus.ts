/* A second reader of Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats): strict, so that it proves what it reads. */

export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

export interface Family {
  type: string
  help: string
  samples: Sample[]
}

/** Returns the families of a scrape by name. Throws at the first line that Prometheus would not take, or that breaks its conventions. */
export function readScrape(text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let current: Family | undefined
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  for (const line of text.split('\n')) {
    if (line === '') continue
    const help = /^# HELP ([a-z_]+) (.+)$/.exec(line)
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line)
    if (help) {
      if (families.has(help[1]!)) throw new Error(`twice: ${line}`)
      families.set(help[1]!, (current = { type: '', help: help[2]!, samples: [] }))
    } else if (type) {
      if (!current || families.get(type[1]!) !== current) throw new Error(`a type without its help: ${line}`)
      current.type = type[2]!
      if ((current.type === 'counter') !== type[1]!.endsWith('_total'))
        throw new Error(`the name of a counter: ${line}`)
    } else {
      const sample = readSample(line)
      const [family] = [...families].find(([, one]) => one === current) ?? []
      const suffix = family !== undefined && sample.name.startsWith(family) ? sample.name.slice(family.length) : '?'
      if (!(current?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).includes(suffix))
        throw new Error(`a sample outside of its family: ${line}`)
      const series = line.slice(0, line.lastIndexOf(' '))
      if (seen.has(series)) throw new Error(`twice: ${line}`)
      seen.add(series)
      current!.samples.push(sample)
    }
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') checkHistogram(name, samples)
  return families
}

/** Returns the sum of the samples with these labels; undefined: there are none. */
export function valueOf(families: Map<string, Family>, name: string, labels: Record<string, string> = {}) {
  const samples = [...families.values()]
    .flatMap(family => family.samples)
    .filter(sample => sample.name === name)
    .filter(sample => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
  return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0)
}

function readSample(line: string): Sample {
  const [, name, inside = '', number = ''] =
    /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+)$/.exec(line) ?? []
  const value = number === '+Inf' ? Infinity : Number(number)
  if (name === undefined || number === '' || Number.isNaN(value)) throw new Error(`not a sample: ${line}`)
  const labels = Object.fromEntries(
    Array.from(inside.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g), ([, label, text]) => [label!, text!])
  )
  return { name, labels, value }
}

function checkHistogram(name: string, samples: readonly Sample[]) {
  const series = Map.groupBy(samples, ({ labels: { le: _le, ...rest } }) => JSON.stringify(rest))
  for (const [labels, ofOne] of series) {
    const buckets = ofOne.filter(sample => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels: { le = '' } }) => (le === '+Inf' ? Infinity : Number(le)))
    const isSorted = bounds.every((bound, at) => at === 0 || bound > bounds[at - 1]!)
    const grows = buckets.every(({ value }, at) => at === 0 || value >= buckets[at - 1]!.value)
    const count = ofOne.find(sample => sample.name === `${name}_count`)?.value
    if (!isSorted || !grows || bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== count)
      throw new Error(`not a histogram: ${name}${labels}`)
  }
}
