import './theme/mantine.css'
import './theme/tokens.css'
import './theme/base.css'
import './theme/mantine-overrides.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { firstLanguage, loadWords } from './i18n/index.tsx'

const root = document.querySelector('#root')
const language = firstLanguage()
const words = await loadWords(language)
if (root) createRoot(root).render(<App language={language} words={words} />)
