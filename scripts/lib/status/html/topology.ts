// Where the services of a federation stand in its drawing, and what connects them. Pure geometry and words.
import type { StatusDocument, ServiceStatus } from '../document.ts'
import { serviceStanding, type Tone } from './tone.ts'

export type Box = { service: ServiceStatus; x: number; y: number; width: number; height: number; online?: boolean | undefined }
export type Edge = { from: ServiceStatus; name: string; proof: string; tone: Tone; word: string; path: string; label: { x: number; y: number } }
export type Drawing = { width: number; height: number; boxes: Box[]; edges: Edge[] }

/** A service with those that connect to it. */
type Tree = { service: ServiceStatus; children: Tree[] }

const BOX = { width: 232, height: 96 }
const GAP = 30
const ROW = 186
const NARROW = { width: 334, box: 250, indent: 42, row: 142 }

/** Top down, as wide as there are sites: for screens and paper. */
export function wideDrawing(document: StatusDocument): Drawing {
  const boxes: Box[] = []
  const edges: Edge[] = []
  for (const [index, root] of trees(document).entries()) {
    const columns = Math.max(1, root.children.length)
    const left = index === 0 ? 0 : GAP + Math.max(...boxes.map(({ x, width }) => x + width))
    const width = columns * (BOX.width + GAP) - GAP
    const top = box(document, root.service, left + (width - BOX.width - 60) / 2, 0, BOX.width + 60)
    boxes.push(top)
    root.children.forEach((child, column) => {
      const below = box(document, child.service, left + column * (BOX.width + GAP), ROW)
      boxes.push(below)
      const end = top.x + (top.width * (column + 1)) / (columns + 1)
      edges.push(edge(document, child.service, curve(below, end, top.y + top.height), { x: middle(below), y: below.y - 24 }))
      child.children.forEach((grandchild, row) => {
        const last = box(document, grandchild.service, below.x, ROW * (row + 2))
        boxes.push(last)
        edges.push(edge(document, grandchild.service, curve(last, middle(below), below.y + below.height), { x: middle(last), y: last.y - 45 }))
      })
    })
  }
  return framed(boxes, edges)
}

/** One below the other, indented: for phones. */
export function narrowDrawing(document: StatusDocument): Drawing {
  const boxes: Box[] = []
  const edges: Edge[] = []
  const place = ({ service, children }: Tree, depth: number, parent?: Box) => {
    const here = box(document, service, depth * NARROW.indent, boxes.length * NARROW.row, NARROW.box)
    boxes.push(here)
    if (parent) {
      const x = parent.x + 20
      const y = here.y + here.height / 2
      edges.push(edge(document, service, `M${here.x} ${y}H${x + 10}Q${x} ${y} ${x} ${y - 10}V${parent.y + parent.height}`, { x: here.x + here.width / 2 + 8, y: here.y - 23 }))
    }
    for (const child of children) place(child, depth + 1, here)
  }
  for (const root of trees(document)) place(root, 0)
  return { ...framed(boxes, edges), width: NARROW.width }
}

/** The drawing in words, for who cannot see it. */
export function inWords({ boxes, edges }: Drawing): string {
  const own = boxes.map(({ service }) => `${service.service} is ${serviceStanding(service).word}`)
  return [...own, ...edges.map(({ from, name, proof, word }) => `${from.service}: ${name}, ${proof}, ${word}`)].join('. ')
}

function trees({ services }: StatusDocument): Tree[] {
  const leaf = (service: ServiceStatus): Tree => ({ service, children: [] })
  const executorOf = (node: string) => services.filter(({ service }) => service === node.replace('supernode-', 'superexec-clientapp-'))
  const nodes = services.filter(({ service }) => service.startsWith('supernode-')).map((service) => ({ service, children: executorOf(service.service).map(leaf) }))
  const server = services.filter(({ service }) => service === 'superexec-serverapp').map(leaf)
  const superlink = services.find(({ service }) => service === 'superlink')
  const forest = superlink ? [{ service: superlink, children: [...server, ...nodes] }] : [...server, ...nodes]
  const placed = new Set(forest.flatMap((root) => [root, ...root.children, ...root.children.flatMap(({ children }) => children)]).map(({ service }) => service))
  return [...forest, ...services.filter((service) => !placed.has(service)).map(leaf)]
}

function box({ supernodes }: StatusDocument, service: ServiceStatus, x: number, y: number, width = BOX.width): Box {
  return { service, x, y, width, height: BOX.height, online: supernodes.find(({ name }) => name === service.service)?.online }
}

/** An edge holds when the side that opens it says so: SuperNodes by the SuperLink's own state, SuperExecs by their health. */
function edge({ supernodes }: StatusDocument, from: ServiceStatus, path: string, label: Edge['label']): Edge {
  const node = supernodes.find(({ name }) => name === from.service)
  const holds = node ? node.online : from.health === 'healthy'
  const tone = holds ? 'good' : from.health === 'starting' ? 'warn' : 'bad'
  const word = holds ? 'connected' : tone === 'warn' ? 'starting' : 'not connected'
  return { from, path, label, tone, word, ...(from.service.startsWith('supernode-') ? { name: 'Fleet', proof: 'TLS + node key' } : { name: 'AppIo', proof: 'mutual TLS' }) }
}

function curve(from: Box, x: number, y: number): string {
  // Upright behind its label, so that it passes behind no other one.
  const turn = from.y - 40
  const half = (turn + y) / 2
  return `M${middle(from)} ${from.y}V${turn}C${middle(from)} ${half} ${x} ${half} ${x} ${y}`
}

function middle({ x, width }: Box): number {
  return x + width / 2
}

function framed(boxes: Box[], edges: Edge[]): Drawing {
  const most = (values: number[]) => Math.max(0, ...values)
  return { boxes, edges, width: most(boxes.map(({ x, width }) => x + width)), height: most(boxes.map(({ y, height }) => y + height)) }
}
