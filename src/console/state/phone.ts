import { useMediaQuery } from '@mantine/hooks'

/** Whether this is a phone: lists are rendered once, as a table or as a list. */
export const usePhone = (): boolean =>
  useMediaQuery('(max-width: 760px)', undefined, { getInitialValueInEffect: false })
