/** Freezes nested arrays and plain objects too; instances of classes (addresses) are never changed. */
export function freeze<Value extends object>(value: Value): Readonly<Value> {
  for (const inner of Object.values(value)) {
    const isPlain = inner !== null && Object.getPrototypeOf(Object(inner)) === Object.prototype
    if (Array.isArray(inner) || isPlain) freeze(inner as object) // an array or a plain object
  }
  return Object.freeze(value)
}
