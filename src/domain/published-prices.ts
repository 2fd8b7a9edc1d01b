import type { Price, PriceList, PublishedPrices } from '../vendors/vendor.ts'

/** Returns the prices that a vendor publishes for a model at the hosts of `baseUrl`; empty: none are known. */
export function publishedPrices(list: PriceList | undefined, model: string, baseUrl: string): readonly Price[] {
  // names come from outside: `constructor` is not a model
  let known = list && Object.hasOwn(list, model) ? list[model] : undefined
  const { hostname } = new URL(baseUrl)
  const isHere = ({ hosts }: PublishedPrices) =>
    !hosts || hosts.some(host => hostname === host || hostname.endsWith(`.${host}`))
  while (known && !isHere(known)) known = known.elsewhere
  return known?.prices ?? []
}

/** Returns every list of prices that a vendor publishes, with the model it is of; a model has one for each group of hosts. */
export const everyPrice = (list: PriceList = {}): [model: string, published: PublishedPrices][] =>
  Object.entries(list).flatMap(([model, published]) => {
    const lists: [string, PublishedPrices][] = []
    for (let one: PublishedPrices | undefined = published; one; one = one.elsewhere) lists.push([model, one])
    return lists
  })
