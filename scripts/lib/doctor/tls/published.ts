// The ports that this host publishes, as a program on it finds them.
import type { PublishedPort } from '../../deployment.ts'
import { error, type Problem } from '../../problem.ts'
import { answersPlain, presentedLeaf } from '../../tls/handshake.ts'
import type { Check } from '../check.ts'

/** As the health check: a busy host answers in this time (ms). */
const ANSWER_MS = 3000

export const published: Check = {
  area: 'tls',
  title: 'Published ports answer this host with TLS',
  needs: 'containers',
  run: async ({ inspected }) => {
    const running = (await inspected()).filter(({ info }) => info?.State.Running)
    return (await Promise.all(running.flatMap(({ service }) => service.ports.map((port) => portProblems(service.container, port))))).flat()
  },
}

async function portProblems(container: string, { address, port }: PublishedPort): Promise<Problem[]> {
  if (await presentedLeaf(address, port, ANSWER_MS)) return []
  const where = `${container} → ${address}:${port}`
  if (await answersPlain(address, port, ANSWER_MS)) return [error('port-plaintext', where, `${address}:${port} of this host answers without TLS`, 'git diff compose, and the override, show what changed in its command; mend it, then: npx tsx scripts/start-secure.ts')]
  return [error('port-unreachable', where, `${address}:${port} of this host answers no TLS handshake within ${ANSWER_MS / 1000} s`, `see whether ${container} is healthy; when it is, a firewall of the host stands between (iptables -S DOCKER-USER, nft list ruleset)`)]
}
