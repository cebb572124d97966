// The ids of all problems that a program can report, found by following what is given to error() and warning().
import ts from 'typescript'

/** `unknown` are places where an id is neither a literal nor handed on from a caller, so that it cannot be told which. */
export type ProblemIds = { ids: Set<string>; unknown: string[] }

/** The ids in the TypeScript files `files`; the two functions are those of the file that ends with problem.ts. */
export function problemIds(files: readonly string[], options: ts.CompilerOptions): ProblemIds {
  const program = ts.createProgram([...files], { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const sources = program.getSourceFiles().filter(({ fileName }) => !fileName.includes('/node_modules/'))
  const sinks = new Set<ts.Node>(sources.filter(({ fileName }) => fileName.endsWith('/problem.ts')).flatMap(reporters))
  const ids = new Set<string>()
  const unknown = new Set<string>()

  const take = (value: ts.Expression) => {
    const literals = literalsOf(checker.getTypeAtLocation(value))
    if (literals) return literals.forEach((id) => ids.add(id))
    const parameter = ts.isIdentifier(value) ? checker.getSymbolAtLocation(value)?.valueDeclaration : undefined
    if (parameter && ts.isParameter(parameter)) return void sinks.add(parameter)
    const { line } = value.getSourceFile().getLineAndCharacterOfPosition(value.getStart())
    unknown.add(`${value.getSourceFile().fileName}:${line + 1}: ${value.getText()}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const declared = checker.getResolvedSignature(node)?.declaration?.parameters ?? []
      declared.forEach((parameter, index) => sinks.has(parameter) && node.arguments[index] && take(node.arguments[index]))
    }
    if (ts.isObjectLiteralExpression(node) && node.properties.some((property) => property.name?.getText() === 'severity')) {
      const id = node.properties.find((property) => property.name?.getText() === 'id')
      if (id && ts.isPropertyAssignment(id)) take(id.initializer)
    }
    ts.forEachChild(node, visit)
  }
  // A function that hands its parameter on makes its callers' arguments ids too.
  for (let known = -1; known < sinks.size; ) {
    known = sinks.size
    sources.forEach(visit)
  }
  return { ids, unknown: [...unknown] }
}

function reporters(source: ts.SourceFile): ts.Node[] {
  return source.statements.flatMap((statement) =>
    ts.isFunctionDeclaration(statement) && ['error', 'warning'].includes(statement.name?.text ?? '') ? [statement.parameters[0]!] : [])
}

function literalsOf(type: ts.Type): string[] | undefined {
  const parts = type.isUnion() ? type.types : [type]
  return parts.every((part) => part.isStringLiteral()) ? parts.map((part) => (part as ts.StringLiteralType).value) : undefined
}
