/** A backup, a restore or a move that cannot be made or is not safe: printed without a stack. The message says what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
