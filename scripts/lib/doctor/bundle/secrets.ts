// Takes secrets out of what leaves this host: by what they are called, by how they look, and those that are known. Pure.

export const REMOVED = '[removed]'
/** Shorter values stand in too many words; whoever has such a password is not protected by its removal. */
const SHORTEST = 6

/** Names of environment variables and settings whose values are secrets, or may be. */
const SECRET_NAME = /pass|pwd|secret|token|key|cred|auth|cookie|session|salt|private|signature|dsn/i
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

/** `text` without secrets; `known` are values that are, wherever they stand. */
export function withoutSecrets(text: string, known: readonly string[] = []): string {
  const exact = known.filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length)
  const bare = exact.reduce((rest, value) => rest.replaceAll(value, REMOVED), text)
  return bare.replace(PEM, REMOVED).replace(PEM_CUT, REMOVED).replace(URL_LOGIN, `$1${REMOVED}@`).replace(TOKENS, REMOVED).replace(NAMED, `$1${REMOVED}`).replace(BASE64, (run) => (isKeyLike(run) ? REMOVED : run))
}

/** A JSON value without secrets in its texts, and without the values of its secret names. */
export function withoutSecretValues(value: unknown, known: readonly string[] = []): unknown {
  if (typeof value === 'string') {
    const name = /^([A-Za-z_]\w*)=/.exec(value)?.[1]
    return name && isSecretName(name) ? `${name}=${REMOVED}` : withoutSecrets(value, known)
  }
  if (Array.isArray(value)) return value.map((each) => withoutSecretValues(each, known))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [withoutSecrets(name, known), isSecretName(name) && isScalar(inner) ? REMOVED : withoutSecretValues(inner, known)]))
}

/** The values in `settings` that are secrets by their names. */
export function secretsIn(settings: Readonly<Record<string, string | null | undefined>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => (value && isSecretName(name) ? value.split(/\r?\n/) : []))
}

function isSecretName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/i.test(name) && SECRET_NAME.test(name)
}

const isScalar = (value: unknown) => (typeof value === 'string' && value !== '') || typeof value === 'number'

// A path has short parts, a digest no capital letters, a word no digits.
function isKeyLike(run: string): boolean {
  return run.split('/').some((part) => part.length >= 24 && /[A-Z]/.test(part) && /[a-z]/.test(part) && /\d/.test(part))
}
