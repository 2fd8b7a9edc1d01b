import type { Guide } from './guides.ts'
import { escape } from './html.ts'

interface Page {
  title: string
  name: string
  guides: readonly Guide[]
  body: string
  /** links inside the page */
  aside: string
  version: string
}

/** Returns a whole page around its content. Scripts and styles are files: the content security policy allows nothing else. */
export function asPage({ title, name, guides, body, aside, version }: Page): string {
  const link = (to: string, text: string) =>
    `<a href="${to === 'index' ? './' : to}"${to === name ? ' aria-current="page"' : ''}>${escape(text)}</a>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · reelay</title>
<link rel="icon" type="image/svg+xml" href="../console/favicon.svg">
<link rel="stylesheet" href="docs.css">
<script src="docs.js"></script>
</head>
<body class="${name === 'reference' ? 'reference' : 'guide'}">
<a class="skip" href="#content">Skip to content</a>
<header>
<a class="brand" href="./">reelay</a><span class="version">${escape(version)}</span>
<span class="space"></span>
<a href="../console">Console</a><a href="../openapi.json">openapi.json</a><a href="../openapi.yaml">openapi.yaml</a>
<button type="button" id="theme" aria-label="Switch between light and dark">◐</button>
</header>
<div class="frame">
<nav aria-label="Pages">
${guides.map(guide => link(guide.name, guide.title)).join('\n')}
${link('reference', 'API reference')}
<div class="inside">${aside}</div>
</nav>
<main id="content">
${body}
</main>
</div>
</body>
</html>
`
}
