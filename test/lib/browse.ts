// What a person, on a screen of some size or without seeing it, finds on a page.
import { pathToFileURL } from 'node:url'
import type { Page } from './chromium.ts'

export type Size = { width: number; height: number; mobile?: boolean; dark?: boolean }
type Value = { value?: string }
type AxNode = { role?: Value; name?: Value; ignored?: boolean }

export type Seen = {
  /** How far the page is wider than the screen, in CSS pixels. */
  overflow: number
  /** What the page asked for over any network, its own file left out. */
  requests: string[]
  /** Messages of the console, and errors. */
  complaints: string[]
  /** As a screen reader has it: "role: name", in order. */
  spoken: string[]
  /** A PNG of the first screen. */
  picture: Buffer
  /** How many colours the picture has; a blank page has one. */
  colours: number
}

/** Opens a file on a screen of `size`. */
export async function look(page: Page, file: string, { width, height, mobile = false, dark = false }: Size): Promise<Seen> {
  for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'Accessibility', 'DOM']) await page.call(`${domain}.enable`)
  await page.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile })
  await page.call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }, { name: 'prefers-reduced-motion', value: 'reduce' }] })
  const before = page.events.length
  const loaded = page.event('Page.loadEventFired')
  await page.call('Page.navigate', { url: pathToFileURL(file).href })
  await loaded
  const overflow = await evaluate<number>(page, 'document.documentElement.scrollWidth - document.documentElement.clientWidth')
  const { nodes } = await page.call<{ nodes: AxNode[] }>('Accessibility.getFullAXTree')
  const { data } = await page.call<{ data: string }>('Page.captureScreenshot', { format: 'png' })
  const events = page.events.slice(before)
  return {
    overflow,
    requests: events.filter(({ method }) => method === 'Network.requestWillBeSent').map(({ params }) => (params['request'] as { url: string }).url).filter((url) => !/^(?:file|data):/.test(url)),
    complaints: events.filter(({ method }) => ['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'].includes(method)).map(({ params }) => JSON.stringify(params)),
    spoken: nodes.filter(({ ignored }) => !ignored).map(({ role, name }) => `${role?.value}: ${name?.value ?? ''}`),
    picture: Buffer.from(data, 'base64'),
    colours: await coloursIn(page, data),
  }
}

/** The value of a JavaScript expression on the page. */
export async function evaluate<T>(page: Page, expression: string): Promise<T> {
  const { result, exceptionDetails } = await page.call<{ result: { value: T }; exceptionDetails?: { text: string } }>('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
  if (exceptionDetails) throw new Error(exceptionDetails.text)
  return result.value
}

// The browser decodes its own picture: on a page without a rule of what it may load.
async function coloursIn(page: Page, png: string): Promise<number> {
  const { frameTree } = await page.call<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree')
  await page.call('Page.setDocumentContent', { frameId: frameTree.frame.id, html: '<!doctype html><title>picture</title>' })
  return evaluate<number>(page, `(async () => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob('${png}'), (letter) => letter.charCodeAt(0))]))
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    return new Set(new Uint32Array(data.buffer)).size
  })()`)
}

/** How many sheets the page takes on A4 paper. */
export async function sheets(page: Page): Promise<number> {
  const { data } = await page.call<{ data: string }>('Page.printToPDF', { paperWidth: 8.27, paperHeight: 11.69, printBackground: false })
  return [...Buffer.from(data, 'base64').toString('latin1').matchAll(/\/Type\s*\/Page\b(?!s)/g)].length
}
