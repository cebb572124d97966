// The form of the lists beside this file. They are the source of the tables in DEPLOYMENT.md (`npm run docs`).

/**
 * Problem id → [severity, meaning], both as the guide prints them (Markdown, one line). An id is stable once it was
 * released: cron jobs rely on it. The severity names each one that the code reports it with, and when it is which.
 */
export type Entries = Readonly<Record<string, readonly [severity: string, meaning: string]>>
