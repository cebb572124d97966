// The ids of all problems that a program can report, found by following what is given to error() and warning().
import ts from 'typescript'

/** Id → severities with which it is reported, as far as they show. `unknown` are places where an id is neither a literal nor handed on from a caller, so that it cannot be told which. */
export type ProblemIds = { ids: Map<string, Set<string>>; unknown: string[] }

/** The ids in the TypeScript files `files`; the two functions are those of the file that ends with problem.ts. */
export function problemIds(files: readonly string[], options: ts.CompilerOptions): ProblemIds {
  const program = ts.createProgram([...files], { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const sources = program.getSourceFiles().filter(({ fileName }) => !fileName.includes('/node_modules/'))
  // Each parameter that takes an id, with the severity that comes of it.
  const sinks = new Map<ts.Node, Set<string>>(sources.filter(({ fileName }) => fileName.endsWith('/problem.ts')).flatMap(reporters))
  const every = [...sinks.keys()].map((parameter) => checker.getTypeAtLocation(parameter))
  const ids = new Map<string, Set<string>>()
  const unknown = new Set<string>()

  const take = (value: ts.Expression, severities: Iterable<string>) => {
    const type = checker.getTypeAtLocation(value)
    // A parameter that may be any id says nothing itself; what its callers give does.
    const literals = every.includes(type) ? undefined : literalsOf(type)
    if (literals) return literals.forEach((id) => addAll(ids, id, severities))
    const parameter = ts.isIdentifier(value) ? checker.getSymbolAtLocation(value)?.valueDeclaration : undefined
    if (parameter && ts.isParameter(parameter)) return addAll(sinks, parameter, severities)
    const { line } = value.getSourceFile().getLineAndCharacterOfPosition(value.getStart())
    unknown.add(`${value.getSourceFile().fileName}:${line + 1}: ${value.getText()}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const declared = checker.getResolvedSignature(node)?.declaration?.parameters ?? []
      declared.forEach((parameter, index) => sinks.has(parameter) && node.arguments[index] && take(node.arguments[index], sinks.get(parameter)!))
    }
    if (ts.isObjectLiteralExpression(node) && node.properties.some((property) => property.name?.getText() === 'severity')) {
      const id = node.properties.find((property) => property.name?.getText() === 'id')
      if (id && ts.isPropertyAssignment(id)) take(id.initializer, [])
    }
    ts.forEachChild(node, visit)
  }
  // A function that hands its parameter on makes its callers' arguments ids too.
  const known = () => [...sinks.values()].reduce((sum, severities) => sum + 1 + severities.size, 0)
  for (let before = -1; before < known(); ) {
    before = known()
    sources.forEach(visit)
  }
  return { ids, unknown: [...unknown] }
}

function reporters(source: ts.SourceFile): [ts.Node, Set<string>][] {
  return source.statements.flatMap((statement) => {
    const name = ts.isFunctionDeclaration(statement) ? statement.name?.text ?? '' : ''
    return ['error', 'warning'].includes(name) ? [[(statement as ts.FunctionDeclaration).parameters[0]!, new Set([name])]] : []
  })
}

function addAll<K>(map: Map<K, Set<string>>, key: K, values: Iterable<string>): void {
  map.set(key, new Set([...(map.get(key) ?? []), ...values]))
}

function literalsOf(type: ts.Type): string[] | undefined {
  const parts = type.isUnion() ? type.types : [type]
  return parts.every((part) => part.isStringLiteral()) ? parts.map((part) => (part as ts.StringLiteralType).value) : undefined
}
