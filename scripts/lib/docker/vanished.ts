// The Engine's answers about things that may go away between two questions.

/** What `answer` gives, or undefined when the container is gone (404) or no longer runs (409). Throws any other failure. */
export async function vanished<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (failure) {
    const { statusCode } = failure as { statusCode?: number }
    if (statusCode === 404 || statusCode === 409) return undefined
    throw failure
  }
}
