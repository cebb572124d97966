// What one call of gen-certs has to make, from what is there. Pure: `has` tells which files exist (paths below certificates/).
import { error, type Problem } from '../problem.ts'
import { CA, type Leaf, leaves, MAKE, type NodeKey, nodeKeys, replaceCommand, sameTarget, type Target } from './layout.ts'

/** `caKey` is the name of the CA's key for people. */
export type Wish = { target: Target | 'all'; force: boolean; sites: readonly number[]; caKey?: string }

export type Plan = {
  makeAuthority: boolean
  /** `keepKey`: the key is there and stays, only its certificate is missing. */
  leaves: { leaf: Leaf; keepKey: boolean }[]
  /** `publicOnly`: the private key is there and stays, only the public line is missing. */
  nodeKeys: { pair: NodeKey; publicOnly: boolean }[]
  /** Pairs whose public lines must be in the list that the SuperLink reads. */
  listed: NodeKey[]
  kept: string[]
  /** What stands in the way; nothing may be made while there is something. */
  problems: Problem[]
}

/**
 * The plan for a wish. Nothing that exists is replaced without `force`. With it, what `target` names is; a new CA always takes
 * along every certificate that is there, because those of the old one would be worthless and nothing would say so.
 */
export function planMaking({ target, force, sites, caKey = `certificates/${CA.key}` }: Wish, has: (path: string) => boolean, onDisk: readonly number[]): Plan {
  const everywhere = force ? [...new Set([...sites, ...onDisk])].sort((a, b) => a - b) : sites
  const scope = typeof target === 'object' ? [target.site] : everywhere
  const named = (other: Target) => target === 'all' || sameTarget(target, other)
  const plan: Plan = { makeAuthority: false, leaves: [], nodeKeys: [], listed: [], kept: [], problems: [] }
  planAuthority(plan, named('ca'), force, caKey, has, leaves(onDisk.concat(sites)).some(({ certificate }) => has(certificate)))
  for (const leaf of leaves(scope)) {
    const renewed = plan.makeAuthority && (has(leaf.certificate) || has(leaf.key))
    if (named(leaf.target) || renewed) planLeaf(plan, leaf, force, has)
  }
  for (const pair of nodeKeys(scope).filter((pair) => named(pair.target))) planPair(plan, pair, force, has)
  if (plan.leaves.length && !plan.makeAuthority && has(CA.certificate) && !has(CA.key)) {
    const what = `it is needed to sign ${plan.leaves.map(({ leaf }) => leaf.certificate).join(', ')}, and it is not there`
    plan.problems.push(error('ca-key-missing', caKey, what, `put ca.key back for this command, or make a new CA and everything that it signs: ${MAKE} --force`))
  }
  return plan
}

function planAuthority(plan: Plan, named: boolean, force: boolean, caKey: string, has: (path: string) => boolean, leavesThere: boolean): void {
  const where = `certificates/${CA.certificate}`
  if (named && force) plan.makeAuthority = true
  else if (has(CA.certificate)) plan.kept.push(CA.certificate)
  else if (has(CA.key) || leavesThere) {
    const what = has(CA.key) ? `there is a CA key (${caKey}), but not its certificate` : 'it is not there, but certificates that it signed are'
    plan.problems.push(error('certificate-missing', where, what, `put ca.crt back, or make a new CA and everything that it signs: ${replaceCommand('ca')}`))
  } else if (named) plan.makeAuthority = true
  else plan.problems.push(error('certificate-missing', where, 'there is no CA yet that could sign', `${MAKE} ca`))
}

function planLeaf(plan: Plan, leaf: Leaf, force: boolean, has: (path: string) => boolean): void {
  const there = { certificate: has(leaf.certificate), key: has(leaf.key) }
  if (force || !there.certificate) plan.leaves.push({ leaf, keepKey: !force && there.key })
  else if (there.key) plan.kept.push(leaf.certificate)
  else plan.problems.push(error('key-missing', `certificates/${leaf.key}`, `it is not there, but ${leaf.certificate} is, which is worth nothing without it`, replaceCommand(leaf.target)))
}

function planPair(plan: Plan, pair: NodeKey, force: boolean, has: (path: string) => boolean): void {
  plan.listed.push(pair)
  const there = { privateKey: has(pair.privateKey), publicKey: has(pair.publicKey) }
  if (force || (!there.privateKey && !there.publicKey)) plan.nodeKeys.push({ pair, publicOnly: false })
  else if (there.privateKey && there.publicKey) plan.kept.push(pair.privateKey)
  else if (there.privateKey) plan.nodeKeys.push({ pair, publicOnly: true })
  else plan.problems.push(error('node-key-missing', `certificates/${pair.privateKey}`, `it is not there, but ${pair.publicKey} is`, replaceCommand(pair.target)))
}
