import type { Document } from '../../src/http/openapi/document.ts'
import { curlOf } from './curl.ts'
import { escape, inline, paragraphs, slug } from './html.ts'
import type { Operation, Parameter } from './operation.ts'
import { createShapes, type Schema } from './shapes.ts'

type Paths = Record<string, Record<string, Operation>>

/** Returns the API reference as HTML, with the links to its parts. */
export function reference(document: Document): { body: string; aside: string } {
  // true because document.ts makes it so
  const { paths, webhooks, components } = JSON.parse(JSON.stringify(document)) as {
    paths: Paths
    webhooks: Paths
    components: { schemas: Record<string, Schema> }
  }
  const shapes = createShapes(components.schemas)
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
  )
  const events = Object.entries(webhooks).map(([type, { post }]) => ({ method: 'EVENT', path: type, operation: post! })) // each has one

  const sections = [
    ...document.tags.map(({ name, description }) => ({
      name,
      description,
      operations: all.filter(({ operation }) => operation.tags[0] === name)
    })),
    {
      name: 'Webhooks',
      description: 'What is posted to your endpoints, signed as [Standard Webhooks](webhooks) defines.',
      operations: events
    }
  ]

  function show({ method, path, operation }: (typeof all)[number]): string {
    const { operationId, summary, description, parameters = [], requestBody, responses } = operation
    const body = Object.entries(requestBody?.content ?? {})
    const [errors, answers] = partition(Object.entries(responses), ([status]) => Number(status) >= 400)
    return `<article id="${operationId}" data-find="${escape(`${method} ${path} ${summary}`.toLowerCase())}">
<h3><a href="#${operationId}">${escape(summary)}</a></h3>
<p class="route"><b class="${method.toLowerCase()}">${method}</b> <code>${escape(path)}</code></p>
${description ? paragraphs(description) : ''}
${method === 'EVENT' ? '' : `<pre class="code" data-language="sh"><code tabindex="0">${escape(curlOf(method, path, operation))}</code></pre>`}
${parameters.length ? `<h4>Parameters</h4>${table(parameters.map(parameterRow))}` : ''}
${body.map(([type, { schema }]) => `<h4>Body <small>${escape(type)}</small></h4>${shapes.showWhole(schema)}`).join('')}
${answers
  .map(
    ([status, answer]) =>
      `<h4>${status} <small>${inline(answer.description)}</small></h4>${Object.entries(answer.content ?? {})
        .map(([type, { schema }]) => `<p class="type">${escape(type)}</p>${schema ? shapes.show(schema) : ''}`)
        .join('')}`
  )
  .join('')}
${errors.length ? `<details><summary>Errors</summary>${table(errors.map(([status, answer]) => [status, paragraphs(answer.description)]))}</details>` : ''}
</article>`
  }

  const parameterRow = ({ name, in: place, required, description = '', schema }: Parameter): [string, string] => [
    `<code>${escape(name)}</code> <small>${place}${required ? ', required' : ''}</small>`,
    `<span class="kind">${shapes.name(schema)}</span> ${inline(description)}`
  ]

  const body = `<h1>API reference</h1>
${paragraphs(document.info.description)}
${sections
  .map(
    ({ name, description, operations }) =>
      `<section id="section-${slug(name)}"><h2>${escape(name)}</h2>${paragraphs(description)}${operations.map(show).join('\n')}</section>`
  )
  .join('\n')}
<section id="section-objects"><h2>Objects</h2>${shapes.all()}</section>`

  const aside = `<label class="find">Search <input type="search" id="find" placeholder="Path or name" autocomplete="off"></label>
<p id="nothing" hidden>Nothing matches.</p>
${sections
  .map(
    ({ name, operations }) =>
      `<details><summary>${escape(name)}</summary>${operations
        .map(
          ({ method, path, operation }) =>
            `<a href="#${operation.operationId}" data-find="${escape(`${method} ${path} ${operation.summary}`.toLowerCase())}"><b class="${method.toLowerCase()}">${method}</b> ${escape(operation.summary)}</a>`
        )
        .join('')}</details>`
  )
  .join('\n')}
<a href="#section-objects">Objects</a>`
  return { body, aside }
}

const table = (rows: readonly [string, string][]) =>
  `<div class="wide" tabindex="0"><table class="fields">${rows.map(([name, text]) => `<tr><td>${name}</td><td>${text}</td></tr>`).join('')}</table></div>`

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter(item => !test(item))]
}
