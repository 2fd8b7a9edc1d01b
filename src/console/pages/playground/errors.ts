import { RequestFailure } from '../../api/client.ts'

/** What is wrong with a field, by its names in the API. */
export type ErrorFinder = (...names: string[]) => string | undefined

export function errorFinder(error: unknown): ErrorFinder {
  if (!(error instanceof RequestFailure) || error.param === null) return () => undefined
  const { param, message } = error
  return (...names) =>
    names.some(name => param === name || param.startsWith(`${name}.`)) ? message.replace(`${param}: `, '') : undefined
}
