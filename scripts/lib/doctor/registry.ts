// Every check that doctor.ts makes, in the order in which they are told.
import { files } from './certificates/files.ts'
import { inUse } from './certificates/in-use.ts'
import { readable } from './certificates/readable.ts'
import type { Check } from './check.ts'
import { drift } from './containers/drift.ts'
import { exhausted } from './containers/exhausted.ts'
import { state } from './containers/state.ts'
import { stopped } from './containers/stopped.ts'
import { volumes } from './containers/volumes.ts'
import { nodes } from './flower/nodes.ts'
import { runs } from './flower/runs.ts'
import { strangers } from './flower/strangers.ts'
import { compose } from './host/compose.ts'
import { limits } from './host/limits.ts'
import { memory } from './host/memory.ts'
import { room } from './host/room.ts'
import { settings } from './host/settings.ts'
import { tools } from './host/tools.ts'
import { unfinished } from './host/unfinished.ts'
import { base } from './images/base.ts'
import { fresh } from './images/fresh.ts'
import { running } from './images/running.ts'
import { versions } from './images/versions.ts'
import { attached } from './network/attached.ts'
import { networkDrift } from './network/drift.ts'
import { names } from './network/names.ts'
import { place } from './network/place.ts'
import { reach } from './network/reach.ts'
import { routes } from './network/routes.ts'
import { presented } from './tls/presented.ts'
import { published } from './tls/published.ts'
import { spoken } from './tls/spoken.ts'

export const CHECKS: readonly Check[] = [
  tools, compose, settings, room, memory, limits, unfinished,
  files, readable, inUse,
  base, fresh, running, versions,
  state, stopped, exhausted, volumes, drift,
  place, networkDrift, routes, attached, names, reach,
  spoken, presented, published,
  nodes, runs, strangers,
]
