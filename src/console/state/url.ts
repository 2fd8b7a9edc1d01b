import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'wouter'

/* State that lives in the address, so that every screen is a link: `const [url, setUrl] = useUrl({ range: choice(ranges, '24h'), q: text })`. */

/** How one parameter is read and written; `write` returns null for what need not be in the address. */
interface Parameter<Value> {
  read(given: string | null): Value
  write(value: Value): string | null
}

type Parameters = Record<string, { read(given: string | null): unknown; write(value: never): string | null }>
type ValueOf<One> = One extends { read(given: string | null): infer Value } ? Value : never
/** The values of such a table. */
export type ValuesOf<All extends Parameters> = { [Name in keyof All]: ValueOf<All[Name]> }

export const text: Parameter<string> = { read: given => given ?? '', write: value => value || null }

export const list: Parameter<string[]> = {
  read: given => given?.split(',').filter(Boolean) ?? [],
  write: values => values.join(',') || null
}

export const number: Parameter<number | null> = {
  read: given => (given !== null && /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : null),
  write: value => (value === null ? null : String(value))
}

/** One of several words; the first choice is left out of the address. */
export const choice = <Word extends string>(words: readonly Word[], usual: Word): Parameter<Word> => ({
  read: given => words.find(word => word === given) ?? usual,
  write: value => (value === usual ? null : value)
})

/** Returns what the address says of some values. */
export function written<All extends Parameters>(parameters: All, values: ValuesOf<All>): string {
  const pairs = Object.entries(parameters).flatMap(([name, parameter]): [string, string][] => {
    // true because each value has the type of the parameter of its name
    const text = (parameter as Parameter<unknown>).write(values[name])
    return text === null ? [] : [[name, text]]
  })
  return new URLSearchParams(pairs).toString()
}

interface Change {
  /** no new entry in the history: for text while it is typed */
  replace?: boolean
}

/** Returns the parameters of the address, and a function that changes some of them. `parameters` must be a constant. */
export function useUrl<All extends Parameters>(
  parameters: All
): [ValuesOf<All>, (change: Partial<ValuesOf<All>>, options?: Change) => void] {
  const [search, setSearch] = useSearchParams()

  const values = useMemo(() => {
    const read = Object.entries(parameters).map(([name, { read: readOne }]) => [name, readOne(search.get(name))])
    // true because each value was read by the parameter of its name
    return Object.fromEntries(read) as ValuesOf<All>
  }, [parameters, search])

  const set = useCallback(
    (change: Partial<ValuesOf<All>>, { replace = false }: Change = {}) =>
      setSearch(
        before => {
          const next = new URLSearchParams(before)
          for (const [name, value] of Object.entries(change)) {
            // true because each value has the type of the parameter of its name
            const written = (parameters[name] as Parameter<unknown> | undefined)?.write(value) ?? null
            if (written === null) next.delete(name)
            else next.set(name, written)
          }
          return next
        },
        { replace }
      ),
    [parameters, setSearch]
  )
  return [values, set]
}
