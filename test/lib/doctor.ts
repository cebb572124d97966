// What tests of doctor.ts look for in its document.
import type { DoctorDocument } from '../../scripts/lib/doctor/document.ts'
import type { Problem } from '../../scripts/lib/problem.ts'

/** The causes of a document, as "id where". */
export function identify({ problems }: DoctorDocument): string[] {
  return problems.map(({ id, where }) => `${id} ${where}`)
}

/** Causes and what follows from them. */
export function told({ problems }: DoctorDocument): Problem[] {
  return problems.flatMap((problem) => [problem, ...problem.symptoms])
}
