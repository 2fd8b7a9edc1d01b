/* YAML of plain JSON values. Texts that are not plain words are written as in JSON, which YAML 1.2 reads. */

type Json = unknown

/** Returns a JSON value as YAML, in blocks. */
export const toYaml = (value: Json): string => `${block(value, '')}\n`

function block(value: Json, indent: string): string {
  if (Array.isArray(value))
    return value.length ? value.map(item => `${indent}- ${block(item, `${indent}  `).trimStart()}`).join('\n') : '[]'
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    if (!entries.length) return '{}'
    return entries.map(([name, inner]) => `${indent}${scalar(name)}:${below(inner, indent)}`).join('\n')
  }
  return scalar(value)
}

function below(value: Json, indent: string): string {
  const isEmpty = typeof value !== 'object' || value === null || Object.keys(value).length === 0
  return isEmpty ? ` ${block(value, '')}` : `\n${block(value, `${indent}  `)}`
}

function scalar(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const isPlain = /^[A-Za-z](?:[\w ./-]*[\w./-])?$/.test(value) && !reserved.has(value.toLowerCase())
  return isPlain ? value : JSON.stringify(value)
}

// what YAML 1.1 or 1.2 reads as something else than a text
const reserved = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n'])
