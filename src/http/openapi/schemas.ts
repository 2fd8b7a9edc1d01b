import { z } from 'zod'
import { numeric } from '../parse.ts'

/* JSON Schema of zod's schemas: those with an id become components. */

export type JsonSchema = Readonly<Record<string, unknown>>

export interface Converted {
  /** by the names that were given */
  schemas: Readonly<Record<string, JsonSchema>>
  /** components, by id */
  components: Readonly<Record<string, JsonSchema>>
}

/**
 * Converts schemas together, so that those that several share become one component. `io`: what is taken, or what is answered. `isClosed`:
 * objects of answers permit no other fields; published they do, since fields may be added.
 */
export function convert(named: Record<string, z.ZodType>, io: 'input' | 'output', isClosed: boolean): Converted {
  const whole = z.toJSONSchema(z.object(named), {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod
      // numbers may be sent as text, which is not worth a word in each place
      if (def.type === 'pipe' && def.in === numeric)
        Object.assign(clear(jsonSchema), z.toJSONSchema(def.out, { unrepresentable: 'any' }), { $schema: undefined })
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (io === 'output' && !isClosed && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties
    }
  })
  // true because it is the JSON Schema of an object, whose references are to its own definitions
  const { properties = {}, $defs = {} } = JSON.parse(
    JSON.stringify(whole).replaceAll('"#/$defs/', '"#/components/schemas/')
  ) as { properties?: Record<string, JsonSchema>; $defs?: Record<string, JsonSchema> }
  return { schemas: properties, components: mapValues($defs, ({ id: _id, $schema: _schema, ...schema }) => schema) }
}

function clear(schema: Record<string, unknown>) {
  for (const name of Object.keys(schema)) delete schema[name]
  return schema
}

const mapValues = <From, To>(record: Record<string, From>, change: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
