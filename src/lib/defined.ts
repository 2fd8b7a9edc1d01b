/** `T` without its undefined values: a field that may be undefined becomes an optional one that is never undefined. */
export type Defined<T> = Simplify<
  { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & {
    [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>
  }
>

type Simplify<T> = { [Name in keyof T]: T[Name] } & {}

/** Returns a copy of the fields without those that are undefined. `null`, `0`, `''` and `false` stay. */
export function defined<T extends object>(fields: T): Defined<T> {
  const kept: Partial<T> = {}
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name]
  // true because exactly the undefined fields are missing, and those are optional in Defined<T>
  return kept as Defined<T>
}
