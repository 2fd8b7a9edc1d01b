export interface Signal<News = void> {
  subscribe(listener: (news: News) => void): void
  emit(news: News): void
}

/** Tells subscribers that something changed. Listeners are called synchronously, in the order they subscribed, and must not throw. */
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
