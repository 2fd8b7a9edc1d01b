import { isCancel, multiselect, password, select, text } from '@clack/prompts'
import type { Questions } from './channel-questions.ts'
import { CommandFailure, exitCodes } from '../exit.ts'

const needed = 'This is required.'

/** Asks in the terminal. Ctrl-C ends the command before anything is created. */
export const terminal: Questions = {
  async text({ message, placeholder = '', required, check }) {
    const validate = (given = '') => (given.trim() ? check?.(given.trim()) : required ? needed : undefined)
    return trimmed(await text({ message, placeholder, validate }))
  },

  async secret({ message, required }) {
    const validate = (given = '') => (required && !given.trim() ? needed : undefined)
    return trimmed(await password({ message, validate }))
  },

  choose: async ({ message, choices }) => answered(await select({ message, options: [...choices] })),

  chooseSome: async ({ message, choices }) =>
    answered(
      await multiselect({
        message,
        options: choices.map(value => ({ value, label: value })),
        required: false
      })
    )
}

function answered<Given>(given: Given): Exclude<Given, symbol> {
  if (isCancel(given)) throw new CommandFailure(exitCodes.interrupted, 'Cancelled. Nothing was created.')
  return given as Exclude<Given, symbol> // true because the only symbol that clack answers with means cancelled
}

// Enter alone returns undefined
const trimmed = (given: string | symbol | undefined) => (answered(given) ?? '').trim()
