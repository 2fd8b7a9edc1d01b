import { escape, inline } from './html.ts'

/** The part of JSON Schema that the document uses. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  format?: string
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  examples?: unknown[]
}

/** Returns what shows schemas as HTML; `components`: those that references name. */
export function createShapes(components: Readonly<Record<string, Schema>>) {
  const refOf = ({ $ref }: Schema) => $ref?.replace('#/components/schemas/', '')

  /** In a few words, as HTML: `text`, `list of Video`, `integer or null`. */
  function name(schema: Schema): string {
    const ref = refOf(schema)
    if (ref !== undefined) return `<a href="#object-${ref}">${ref}</a>`
    const several = schema.anyOf ?? schema.oneOf
    if (several) return [...new Set(several.map(name))].join(' or ')
    if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`
    if (schema.enum) return schema.enum.map(one => `<code>${escape(String(one))}</code>`).join(' ')
    if (schema.type === 'array') return `list of ${schema.items ? name(schema.items) : 'anything'}`
    if (schema.type === 'object' && typeof schema.additionalProperties === 'object' && !schema.properties)
      return 'object'
    return [schema.type ?? 'anything'].flat().join(' or ')
  }

  /** The schema whose fields are worth showing below it: of an object, of a list of objects, of one of several. */
  function inner(schema: Schema): Schema | undefined {
    if (refOf(schema) !== undefined) return undefined
    if (schema.properties) return schema
    if (schema.items) return inner(schema.items)
    return (schema.anyOf ?? schema.oneOf)?.map(inner).find(found => found !== undefined)
  }

  function fields({ properties = {}, required = [] }: Schema): string {
    const rows = Object.entries(properties).map(([field, schema]) => {
      const nested = inner(schema)
      const more = [
        limits(schema),
        schema.default === undefined ? '' : `default <code>${escape(JSON.stringify(schema.default))}</code>`
      ]
      return `<tr><td><code>${escape(field)}</code>${required.includes(field) ? '' : ' <small>optional</small>'}</td><td><span class="kind">${name(schema)}</span> ${[
        ...more.filter(Boolean),
        schema.description ? inline(schema.description) : ''
      ].join(' ')}${nested ? `<details><summary>fields</summary>${fields(nested)}</details>` : ''}</td></tr>`
    })
    return `<div class="wide" tabindex="0"><table class="fields">${rows.join('')}</table></div>`
  }

  function show(schema: Schema): string {
    const nested = inner(schema)
    const text = refOf(schema) === undefined && schema.description ? ` ${inline(schema.description)}` : ''
    return `<p><span class="kind">${name(schema)}</span>${text}</p>${nested ? fields(nested) : ''}`
  }

  return {
    name,
    show,

    /** The same, and of a component its fields. */
    showWhole(schema: Schema): string {
      const whole = components[refOf(schema) ?? '']
      return show(schema) + (whole ? fields(whole) : '')
    },

    /** All components. */
    all: () =>
      Object.entries(components)
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([id, schema]) => {
          const example = schema.examples?.[0]
          return `<article id="object-${id}" data-find="${id.toLowerCase()}"><h3>${id}</h3>${show(schema)}${
            example === undefined
              ? ''
              : `<pre class="code" data-language="json"><code tabindex="0">${escape(JSON.stringify(example, null, 2))}</code></pre>`
          }</article>`
        })
        .join('\n')
  }
}

function limits({ minimum, maximum, maxLength }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  if (minimum !== undefined) return `at least ${minimum}`
  if (maximum !== undefined) return `at most ${maximum}`
  return maxLength === undefined ? '' : `up to ${maxLength} characters`
}
