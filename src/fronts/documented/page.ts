/** Returns a page of a list as OpenAI's SDKs read it: they go on after the id of the last item. */
export function page<Item extends { id: string }>(data: Item[], hasMore: boolean) {
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: hasMore }
}
