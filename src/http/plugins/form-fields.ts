import { ApiError } from '../../errors.ts'
import { newTokenBudget, parseStrictJson, type TokenBudget } from '../../lib/strict-json.ts'
import { fromJsonText } from '../create/json-text.ts'
import { meaningOf } from '../create/names.ts'

/* The names of a form's fields as a nested object: `a[b][]` is a list in an object, as OpenAI's SDKs write it. */

type Entries = Record<string, unknown>

/** Returns the name before the brackets, for errors. */
export const topName = (name: string) => name.split('[')[0]!.slice(0, 200)

export type Fields = ReturnType<typeof createFields>

/** Collects fields. Several values under one name of images are a list (RFC 7578 4.3); any other name may come once. */
export function createFields() {
  const all = emptyObject()
  const budget = newTokenBudget()
  return {
    all,
    /** Text inside `metadata` gets its JSON type back. */
    addText: (name: string, text: string) =>
      place(all, name, topName(name) === 'metadata' ? typed(text, budget) : text),
    /** JSON keeps its types inside `metadata`; elsewhere it is text, like all of a form. Throws JsonError. */
    addJson(name: string, bytes: Buffer) {
      const value = parseStrictJson(bytes, budget)
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      place(all, name, topName(name) === 'metadata' && typeof value !== 'string' ? value : text)
    },
    /** In metadata a file is its data URL; elsewhere `{file}`, which no text field can be taken for. */
    addFile: (name: string, file: string) => place(all, name, topName(name) === 'metadata' ? file : { file })
  }
}

// without a prototype: `toString` is an ordinary name
const emptyObject = () => Object.create(null) as Entries

function place(fields: Entries, name: string, content: unknown) {
  const path = name.split('[').map((part, index) => (index ? part.replace(/\]$/, '') : part))
  const [top = '', ...inner] = path
  const bad = (reason: string) =>
    new ApiError('invalid_request', { param: topName(name), message: `${name}: ${reason}.` })
  const isHostile = path.some(
    (key, index) => key === '__proto__' || (key === 'prototype' && path[index - 1] === 'constructor')
  )
  if (path.length > 10 || isHostile) throw bad('is not a valid field name')

  if (takesSeveral(top) && (inner.length === 0 || (inner.length === 1 && inner[0] === ''))) {
    const before = fields[top]
    fields[top] = before === undefined ? content : Array.isArray(before) ? [...before, content] : [before, content]
    return
  }
  let target: Entries | unknown[] = fields
  for (const [index, key] of path.entries()) {
    const isLast = index === path.length - 1
    const next: unknown = isLast ? content : path[index + 1] === '' ? [] : emptyObject()
    if (Array.isArray(target)) {
      if (key !== '') throw bad('mixes list items with named fields')
      target.push(next)
      target = next as Entries // of no use when it is the last
      continue
    }
    if (isLast && key in target) throw bad('was sent twice')
    const existing: unknown = (target[key] ??= next)
    if (isLast) return
    if (typeof existing !== 'object' || existing === null) throw bad('was sent both as a value and as an object')
    target = existing as Entries // an object or a list
  }
}

const takesSeveral = (name: string) => {
  const meaning = meaningOf(name)
  return meaning !== null && 'image' in meaning
}

// forms contain only text: restores numbers, booleans, lists and objects inside metadata
function typed(text: string, budget: TokenBudget): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,10})?$/.test(text)) return Number(text)
  return fromJsonText(text, budget)
}
