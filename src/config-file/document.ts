import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node
} from 'yaml'

/** Where something stands in a file; both count from 1. */
export interface Position {
  line: number
  column: number
}

export interface Problem extends Position {
  /** e.g. `channels.0.vendor`; empty: the file as a whole */
  path: string
  message: string
}

type Path = readonly PropertyKey[]

/** A file whose values are read, with the place of each of them. */
export interface SourceDocument {
  value(): unknown
  /** Whether something is there. */
  has(path: Path): boolean
  /** Returns the place of a value, else of what it is missing in. `key`: of the name instead of the value. */
  position(path: Path, key?: PropertyKey): Position
  /** Returns what a scalar may be as well: `0.10` is a text too, and an interpolated `8` a number. */
  otherwise(path: Path): unknown
  /** Puts another value there. */
  set(path: Path, value: unknown): void
}

interface Read {
  document: SourceDocument
  problems: Problem[]
}

/** Parses YAML (JSON is YAML) and replaces `${VAR}` and `${VAR:-default}` in its texts by what `variable` returns; `$${` is a plain `${`. */
export function readDocument(text: string, variable: (name: string) => string | undefined): Read {
  const lines = new LineCounter()
  // prettyErrors would quote the line, which may contain a secret
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const problems: Problem[] = parsed.errors.map(({ pos, message }) => ({ ...at(pos[0]), path: '', message }))
  if (problems.length === 0 && parsed.contents === null)
    problems.push({
      line: 1,
      column: 1,
      path: '',
      message: 'The file is empty. A file that owns nothing is written {}.'
    })
  const interpolated = new Set<Node>()
  visit(parsed, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return
      const { value, missing } = interpolate(node.value, variable)
      for (const message of missing) problems.push({ ...at(node.range?.[0] ?? 0), path: '', message })
      if (value !== node.value) interpolated.add(node)
      node.value = value
    }
  })
  if (problems.length === 0) problems.push(...unresolved(parsed))
  const nodeAt = (path: Path) => findNode(parsed, path)
  return {
    problems,
    document: {
      value: () => parsed.toJS() as unknown,
      has: path => nodeAt(path).depth === path.length,
      position(path, key) {
        const { node, depth } = nodeAt(path)
        const pair =
          key !== undefined &&
          depth === path.length &&
          isMap(node) &&
          node.items.find(one => nameOf(one.key) === String(key))
        const found = pair && isNode(pair.key) ? pair.key : node
        return at(found?.range?.[0] ?? 0)
      },
      otherwise(path) {
        const { node, depth } = nodeAt(path)
        if (depth !== path.length || !isScalar(node)) return undefined
        if (typeof node.value !== 'string') return node.source
        return interpolated.has(node) ? (parseDocument(node.value).toJS() as unknown) : undefined
      },
      set: (path, value) => {
        const { node } = nodeAt(path)
        if (isScalar(node)) node.value = value
      }
    }
  }
}

/** Aliases are resolved only where values are made. */
function unresolved(document: Document): Problem[] {
  try {
    document.toJS()
    return []
  } catch (error) {
    return [{ line: 1, column: 1, path: '', message: `${error instanceof Error ? error.message : String(error)}.` }]
  }
}

function interpolate(text: string, variable: (name: string) => string | undefined) {
  const missing: string[] = []
  const value = text.replaceAll(/\$(\$?)\{([^{}]*)\}/g, (all: string, escaped: string, inner: string) => {
    if (escaped) return all.slice(1)
    const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? []
    if (name === undefined) {
      missing.push(`\${${inner}} is not the name of a variable. Write $\${ for a plain \${.`)
      return all
    }
    const found = variable(name) || fallback
    if (found === undefined) missing.push(`\${${name}} is not set in the environment.`)
    return found ?? all
  })
  return { value, missing }
}

/** Returns the node at a path, or the last one before something is missing, and how far it is. */
function findNode(document: Document, path: Path): { node: Node | null; depth: number } {
  let node: unknown = document.contents
  for (const [depth, key] of path.entries()) {
    const next = childOf(node, key)
    if (!isNode(next)) return { node: node as Node | null, depth } // true because each step before found a node
    node = isAlias(next) ? (next.resolve(document) ?? next) : next
  }
  return { node: node as Node | null, depth: path.length }
}

function childOf(node: unknown, key: PropertyKey): unknown {
  if (isSeq(node)) return node.items[Number(key)]
  if (isMap(node)) return node.items.find(pair => nameOf(pair.key) === String(key))?.value
  return undefined
}

const nameOf = (key: unknown) => String(isScalar(key) ? key.value : key)
