/** What the exit code of a command means (api.md §7). */
export const exitCodes = { ok: 0, failed: 1, usage: 2, auth: 3, refused: 4, timeout: 5, config: 78 } as const
