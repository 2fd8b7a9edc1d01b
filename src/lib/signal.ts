export interface Signal<News = void> {
  subscribe(listener: (news: News) => void): void
  emit(news: News): void
}

/** Tells whoever has subscribed that something changed. Listeners are called at once, in the order they came, and must not throw. */
export function createSignal<News = void>(): Signal<News> {
  const listeners: ((news: News) => void)[] = []

  return {
    subscribe(listener: (news: News) => void) {
      listeners.push(listener)
    },

    emit(news: News) {
      for (const listener of listeners) listener(news)
    }
  }
}
