/**
 * Returns an action that is loaded when its command runs: what it works with (the server, the database, the vendors) takes most of the
 * time of a start, and help, other commands and commands that call a server do without it.
 */
export const lazily =
  <Given extends unknown[]>(load: () => Promise<(...given: Given) => void | Promise<void>>) =>
  async (...given: Given): Promise<void> =>
    (await load())(...given)
