import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { Router } from 'wouter'
import { consoleBase } from './api/client.ts'
import { createQueryClient } from './api/query-client.ts'
import { TextProvider, type Language } from './i18n/index.tsx'
import type { Words } from './i18n/words.ts'
import { Gate } from './shell/gate.tsx'
import { nonce } from './theme/nonce.ts'
import { resolver, theme } from './theme/theme.ts'

const colorScheme = localStorageColorSchemeManager({ key: 'reelay.theme' })
const queries = createQueryClient()
const base = consoleBase.pathname.replace(/\/$/, '')

/** The whole console: theme, words, data and addresses around the page. */
export function App({ language, words }: { language: Language; words: Words }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolver}
      colorSchemeManager={colorScheme}
      defaultColorScheme="auto"
      getStyleNonce={nonce}
    >
      <QueryClientProvider client={queries}>
        <TextProvider first={language} words={words}>
          <Router base={base}>
            <Gate />
          </Router>
        </TextProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}
