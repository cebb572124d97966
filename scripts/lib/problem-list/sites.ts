// What can go wrong with sites that make their own keys on another machine.
import type { Entries } from './entries.ts'

export const SITES = {
  'request-unreadable': ['error', 'the file is no request: not there, empty, too large, another document'],
  'request-tampered': ['error', 'a signature in it is wrong, or it asks for another name or purpose than its site may have'],
  'request-weak-key': ['error', 'a key in it is too weak, of a kind that is not accepted, or there twice'],
  'request-foreign': ['error', 'its node key does not have the fingerprint that the site read out'],
  'request-replayed': ['error', 'it was signed before'],
  'request-stale': ['error', 'it is older than 30 days, or from the future'],
  'request-name-taken': ['error', 'its name belongs to another key, or its node key to another SuperNode'],
  'superlink-address-unknown': ['error', 'it cannot be told where the site would reach the SuperLink'],
  'site-keys-elsewhere': ['error', 'keys are to be made here for a SuperNode that makes its own'],
  'site-occupied': ['error', "this checkout is the coordinator's, or another site's"],
  'site-without-superlink': ['error', 'this can only be done where the SuperLink is'],
  'kit-unreadable': ['error', 'the file is no kit'],
  'kit-fingerprint': ['error', 'its CA certificate does not have the fingerprint that was given'],
  'kit-tampered': ['error', 'something in it was changed, or a certificate in it does not hold'],
  'kit-foreign': ['error', 'it does not answer the request that waits here'],
} as const satisfies Entries
