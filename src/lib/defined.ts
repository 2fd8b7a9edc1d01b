/** An object type whose possibly undefined fields are optional instead. */
export type Defined<Fields extends object> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name]
} & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>
}

/** Returns the fields that are not undefined: for objects whose optional fields must be absent rather than undefined. */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  // true because exactly the undefined fields are left out, which the type makes optional
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>
}
