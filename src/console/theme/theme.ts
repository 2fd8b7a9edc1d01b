import {
  ActionIcon,
  Button,
  createTheme,
  SegmentedControl,
  type CSSVariablesResolver,
  type MantineColorsTuple
} from '@mantine/core'

// warm, as the tokens are: Mantine's own greys are cool
const gray: MantineColorsTuple = [
  '#faf9f7',
  '#f4f2ee',
  '#f1efea',
  '#e9e6e0',
  '#d6d2ca',
  '#b5b0a6',
  '#8f8a80',
  '#6f6b63',
  '#55514a',
  '#1b1a18'
]
const dark: MantineColorsTuple = [
  '#efede8',
  '#bab6ad',
  '#98948b',
  '#77736a',
  '#413f3a',
  '#2a2926',
  '#232320',
  '#1a1a18',
  '#121211',
  '#0d0d0c'
]
const cobalt: MantineColorsTuple = [
  '#ebeffc',
  '#d5defa',
  '#b3c2f5',
  '#93a9ff',
  '#7890f5',
  '#4665e8',
  '#2f53d9',
  '#2847bd',
  '#213b9e',
  '#1b2f7f'
]

export const theme = createTheme({
  colors: { gray, dark, cobalt },
  primaryColor: 'cobalt',
  primaryShade: { light: 6, dark: 5 },
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '15px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '18px', md: '20px', lg: '22px', xl: '28px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '24px' },
  radius: { xs: '5px', sm: '6px', md: '8px', lg: '10px', xl: '16px' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({
      defaultProps: { size: 'xs' },
      // the usual height, with the text of tables
      vars: (_theme, { size }) => ({ root: size === 'xs' ? { '--button-fz': '13px' } : {} })
    }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 30 } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs', withItemsBorders: true } })
  }
})

/** Mantine's variables, by our tokens: one table for both themes, since the tokens change with the theme. */
export const resolver: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-bright': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-3)',
    '--mantine-color-placeholder': 'var(--text-3)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-default-border': 'var(--line-2)',
    '--mantine-color-disabled': 'var(--sunken)',
    '--mantine-color-disabled-color': 'var(--text-3)',
    '--mantine-color-disabled-border': 'var(--line)',
    '--mantine-color-cobalt-filled': 'var(--accent-fill)',
    '--mantine-color-cobalt-filled-hover': 'var(--accent-fill-hover)',
    '--mantine-color-cobalt-light': 'var(--accent-soft)',
    '--mantine-color-cobalt-light-color': 'var(--accent)',
    '--mantine-color-cobalt-outline': 'var(--accent)',
    '--mantine-color-red-filled': 'var(--bad-fill)',
    '--mantine-color-red-filled-hover': 'var(--bad-fill-hover)',
    '--mantine-color-gray-light-color': 'var(--text-2)',
    '--mantine-color-gray-light-hover': 'var(--hover)'
  }
  return { variables: {}, light: both, dark: both }
}
