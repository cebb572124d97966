// What can go wrong with an app and its run.
import type { Entries } from './entries.ts'

export const RUNS = {
  'app-invalid': ['error', 'the directory holds no app that Flower takes'],
  'app-too-large': ['error', 'the app is larger than Flower takes'],
  'run-config-invalid': ['error', 'a setting that the app does not have, or a text that is no pair'],
  'submit-failed': ['error', 'the SuperLink did not take the app, or nothing answered'],
  'run-failed': ['error', "the run failed; the ServerApp's error is given"],
  'clients-failed': ['warning, error', 'ClientApps failed; an error when none ever trained'],
  'run-stopped': ['error', 'the run was stopped before its end'],
  'run-timeout': ['error', 'the run goes on after `--timeout`'],
  'run-unknown': ['error', 'the SuperLink has no such run'],
  'run-finished': ['error', 'a run that is to be stopped has finished'],
  'stop-failed': ['error', 'the run could not be stopped'],
  'superlink-away': ['error', 'the SuperLink could not be asked for two minutes while a run was watched'],
  'output-exists': ['error', 'the directory for the outputs is not empty'],
  'output-unwritable': ['error', 'it cannot be made'],
  'outputs-lost': ['error', 'the container that has the files is gone'],
} as const satisfies Entries
