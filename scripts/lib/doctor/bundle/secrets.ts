// Takes secrets out of what leaves this host: by what they are called, by how they look, and those that are known. Pure.
import type { Blot } from './blot.ts'

export const REMOVED = '[removed]'

/** Names of environment variables, settings, labels, options and flags whose values are secrets, or may be. */
const SECRET_NAME = /pass|pwd|secret|token|key|cred|auth(?!ors?\b)|cookie|session|salt|private|signature|dsn/i
/** Within such a name, what is no secret: the key that everybody may have. */
const PUBLIC_KEY = /(?:auth[\w.-]*)?public[-_.]?keys?/gi
/** A flag alone, whose value is the next word; and a name with its value, as environments, labels and commands list them. */
const FLAG = /^--?[A-Za-z_][\w.-]*$/
const NAME_VALUE = /^(?:--?)?[A-Za-z_][\w.-]*(?==)/
/** Where a secret stands, which is none: the containers' own files, and what a flag calls a file. */
const OUR_FILE = /^\/app\/certificates\/[\w./-]+$/
const FILE_FLAG = /^--?[\w.-]*(?:file|path|dir)$/i
/** The same within running text, where "key" alone says nothing: NAME=…, NAME: …, "NAME": "…", --NAME …, to the end of the line. */
const NAMED = /((?:--)?[\w.-]*(?:pass(?:word|phrase|wd|code)|pwd|secret|token|credential|cookie|authorization|(?:api|access|private|auth|signing|encryption|master)[-_. ]?key)[\w.-]*["']?(?: (?:is|was))?[ \t]*(?:[=:]|(?<=--[\w.-]+)[ \t])[ \t]*)(?!\/app\/certificates\/[\w./-]+(?:\s|$))[^\r\n]+/gi
/** A private key in PEM, also with its line ends written as \n, or with a log's times before its lines. */
const PEM = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^]{0,20000}?-----END [A-Z0-9 ]*PRIVATE KEY-----/g
const PEM_CUT = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^\r\n]*/g
const URL_LOGIN = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi
/** GitHub, GitLab, npm, PyPI, Hugging Face, Slack, AWS, Google, Stripe and OpenAI alike, JSON Web Tokens, bearer headers. */
const TOKENS = /\b(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|hf_|xox[abprs]-|AKIA|ASIA|AIza|sk[-_]|rk_)[\w-]{10,}|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/g
/** What looks like the body of a key: base64 without a fingerprint's name before it. */
const BASE64 = /(?<!SHA256:)(?<![\w+/])[\w+/-]{40,}={0,2}/g

/** `text` without secrets; `known` takes out those that are known, wherever they stand. */
export function withoutSecrets(text: string, known: Blot = (same) => same): string {
  return known(text).replace(PEM, REMOVED).replace(PEM_CUT, REMOVED).replace(URL_LOGIN, `$1${REMOVED}@`).replace(TOKENS, REMOVED).replace(NAMED, `$1${REMOVED}`).replace(BASE64, (run) => (isKeyLike(run) ? REMOVED : run))
}

/** A JSON value without secrets in its texts, and without the values of its secret names. */
export function withoutSecretValues(value: unknown, known?: Blot): unknown {
  if (typeof value === 'string') {
    const name = NAME_VALUE.exec(value)?.[0]
    return name && isSecret(name, value.slice(name.length + 1)) ? `${name}=${REMOVED}` : withoutSecrets(value, known)
  }
  if (Array.isArray(value)) return value.map((each, index) => (isValueOf(value[index - 1], each) ? REMOVED : withoutSecretValues(each, known)))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [withoutSecrets(name, known), isSecretName(name) ? blank(inner, known) : withoutSecretValues(inner, known)]))
}

/** The values in `settings` that are secrets by their names. */
export function secretsIn(settings: Readonly<Record<string, string | null | undefined>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => (value && isSecretName(name) ? value.split(/\r?\n/) : []))
}

function isSecretName(name: string): boolean {
  return /^[A-Z_][\w.-]*$/i.test(name) && SECRET_NAME.test(name.replace(PUBLIC_KEY, ''))
}

// A flag tells a file's place more often than a secret itself.
function isSecret(name: string, value: string): boolean {
  const word = name.replace(/^--?/, '')
  return isSecretName(word) && value !== '' && (word === name || !(OUR_FILE.test(value) || FILE_FLAG.test(name)))
}

// Two words of a command; a flag after a flag is no value.
function isValueOf(flag: unknown, value: unknown): boolean {
  return typeof flag === 'string' && typeof value === 'string' && FLAG.test(flag) && !FLAG.test(value) && isSecret(flag, value)
}

// What stands under a secret name, alone or in a list; what has names of its own is told by those.
function blank(value: unknown, known?: Blot): unknown {
  if (Array.isArray(value)) return value.map((each) => blank(each, known))
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? REMOVED : withoutSecretValues(value, known)
}

// A path has short parts and few capital letters, a digest none, a word no digits. Of what is random two in five are capitals:
// of 200 000 random lines of 64 letters none was passed over, of 40 letters 20.
function isKeyLike(run: string): boolean {
  const capitals = run.replace(/[^A-Z]/g, '').length
  const isRandom = /[a-z]/.test(run) && capitals >= run.length / (/\d/.test(run) ? 6 : 4)
  return isRandom || run.split('/').some((part) => part.length >= 24 && /[A-Z]/.test(part) && /[a-z]/.test(part) && /\d/.test(part))
}
