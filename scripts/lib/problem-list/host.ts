// What can be wrong with the host, its Docker and its tools.
import type { Entries } from './entries.ts'

export const HOST = {
  'docker-missing': ['error', 'there is no docker command'],
  'docker-down': ['error', 'the Docker daemon does not answer'],
  'docker-denied': ['error', 'this user may not talk to the daemon'],
  'docker-too-old': ['error', 'the engine is older than 25, or client and engine do not understand each other'],
  'docker-start-failed': ['error', 'the daemon was started and did not come up'],
  'docker-failed': ['error', 'a docker command failed for another reason; its own words are given'],
  'compose-missing': ['error', 'docker has no compose plugin'],
  'compose-too-old': ['error', 'compose is older than 2.20.2'],
  'buildx-missing': ['error', 'docker has no buildx plugin'],
  'buildx-too-old': ['error', 'buildx is too old for this compose'],
  'openssl-missing': ['error', 'there is no openssl command'],
  'openssl-failed': ['error', 'openssl gave no answer about a certificate'],
  'registry-unreachable': ['error', 'an image is not here, or is to be pulled anew, and no registry gives it'],
  'base-image-missing': ['error', 'the base image is not on this host'],
  'base-image-sources': ['error', "Debian's archives do not answer while the base image is made"],
  'base-image-failed': ['error', 'making the base image failed'],
  'install-failed': ['error', 'apt-get failed'],
  'test-tool-missing': ['warning', 'a tool that only tests use is not installed, or too old'],
  'release-too-old': ['error', 'this Debian offers no Docker that is new enough'],
  'disk-full': ['error', 'there is no space left'],
  'throwaway-failed': ['error', 'a short-lived container that changes or reads keys or volumes failed'],
  'file-not-written': ['error', 'a file that was asked for (`--html`, `--out`, a backup) or settings cannot be written'],
  'file-exists': ['error', 'something else lies where a request or a kit should be written'],
} as const satisfies Entries
