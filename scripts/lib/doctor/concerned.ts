// Which services a problem is about, told by where it was found. Pure.
import type { Deployment } from '../deployment.ts'
import type { Problem } from '../problem.ts'
import { CA, leaves, NODE_LIST } from '../tls/layout.ts'
import { hostOf } from './edges.ts'

/** The services that `problem` concerns; "all" for one of the host, of the CA or of the whole deployment. */
export function servicesOf(problem: Pick<Problem, 'id' | 'where' | 'what'>, deployment: Pick<Deployment, 'services'> | undefined): string[] | 'all' {
  const { id, where, what } = problem
  // The list is one file, and what it lacks is one SuperNode's.
  const unlisted = id === 'node-key-unlisted' ? /the key of (supernode-\d+)/.exec(what)?.[1] : undefined
  if (unlisted) return [unlisted]
  if (where.startsWith('certificates/')) return ofFile(where.slice('certificates/'.length), deployment)
  if (id.startsWith('run-')) return ['superexec-serverapp']
  const services = deployment?.services ?? []
  // A listener that refuses one of our own: what is wrong is wrong there.
  const refused = id === 'peer-refused' ? /^refused ([\w-]+) \(/.exec(what)?.[1] : undefined
  if (refused && services.some(({ name }) => name === refused)) return [refused]
  const [first = '', second] = where.split(' → ')
  const names = [first, ...(second ? [second, hostOf(second)] : [])].flatMap((word) => services.find(({ name, container }) => name === word || container === word)?.name ?? [])
  return names.length > 0 ? names : 'all'
}

function ofFile(file: string, deployment: Pick<Deployment, 'services'> | undefined): string[] | 'all' {
  if (file === CA.certificate || file === '') return 'all'
  if (file === NODE_LIST) return ['superlink']
  const node = /^auth\/(supernode-\d+)(?:\.pub)?$/.exec(file)?.[1]
  if (node) return [node]
  const sites = (deployment?.services ?? []).flatMap(({ site }) => site ?? [])
  const leaf = leaves([...new Set(sites)]).find(({ certificate, key }) => certificate === file || key === file)
  return leaf ? [leaf.commonName] : []
}
