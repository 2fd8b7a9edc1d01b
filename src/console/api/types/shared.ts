/* The shapes of the HTTP API: money as decimal strings, times in Unix seconds unless the name ends in `_ms`. */

export interface Money {
  amount: string
  currency: string
}

export interface List<Item> {
  object: 'list'
  data: Item[]
  first_id: string | null
  last_id: string | null
  has_more: boolean
}

/** An object beside its name; it may be deleted meanwhile. */
export interface Named {
  id: string
  name: string
}

/** Where the configuration file defines an object that can only be changed there. */
export interface ManagedBy {
  file: string
  line: number
}

/** The body of every error. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string }
}
