import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const FOLDERS = ['db/endput', 'apis/storefront'];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is put into one of the columns that hold words for a person, such as `state_reason = $2`. */
const WRITES =
  /\b(?:state_reason|skipped_because)\s*=(?:\s*\(?\$(\d+)|(?!\s*(?:null\b|case when \S+ then null else state_reason end)))/g;

export interface WrittenReasons {
  /** Statements that write a reason. */
  statements: number;
  /** What they may write, each value that is filled in as `{its expression}`. */
  texts: string[];
}

/**
 * The reasons that the code writes into endput, found in its syntax: each statement that writes one is followed from its
 * parameter to the literals that it may be, over variables, parameters, and what functions return. Throws where the way
 * ends at anything else, so that no reason is overlooked.
 */
export async function findWrittenReasons(): Promise<WrittenReasons> {
  const files = await Promise.all(FOLDERS.map(readSources));
  const search = createSearch(files.flat());
  const found = search.statements();
  const texts = new Set(found.flatMap(({ value }) => search.textsOf(value)));
  return { statements: found.length, texts: [...texts].sort() };
}

async function readSources(folder: string): Promise<ts.SourceFile[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  const own = names.filter((name) => name.endsWith('.ts') && !/(\.test|-under-test)\.ts$/.test(name));
  return Promise.all(
    own.map(async (name) => {
      const text = await readFile(join(ROOT, folder, name), 'utf8');
      return ts.createSourceFile(join(folder, name), text, ts.ScriptTarget.Latest, true);
    }),
  );
}

function createSearch(files: readonly ts.SourceFile[]) {
  const all = files.flatMap(nodesOf);
  const functions = all.filter(ts.isFunctionDeclaration);

  function statements(): { value: ts.Expression }[] {
    return all.filter(isText).flatMap((sql) =>
      [...sql.getText().matchAll(WRITES)].map(([, place]) => {
        const value = valuesFor(sql)?.elements[Number(place) - 1];
        return value === undefined ? lost(sql, 'a statement without its values') : { value };
      }),
    );
  }

  function textsOf(node: ts.Node): string[] {
    if (ts.isStringLiteralLike(node)) return [node.text];
    if (ts.isTemplateExpression(node)) return node.templateSpans.reduce(withSpan, [node.head.text]);
    if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
    if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
    if (node.kind === ts.SyntaxKind.NullKeyword || node.getText() === 'undefined') return [];
    if (ts.isBinaryExpression(node)) {
      const [left, right] = [textsOf(node.left), textsOf(node.right)];
      if (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) return [...left, ...right];
      if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) return left.flatMap((l) => right.map((r) => l + r));
    }
    if (ts.isIdentifier(node)) return textsOfName(node);
    if (ts.isCallExpression(node)) return textsOfCall(node);
    return lost(node, 'no text');
  }

  /** What is filled in may be a text itself, or none; anything else stays open. */
  function withSpan(before: readonly string[], { expression, literal }: ts.TemplateSpan): string[] {
    const filled = ts.isConditionalExpression(expression) ? textsOf(expression) : [`{${expression.getText()}}`];
    return before.flatMap((text) => filled.map((filling) => text + filling + literal.text));
  }

  function textsOfName(name: ts.Identifier): string[] {
    const within = enclosingFunction(name);
    const parameter = within?.parameters.findIndex((of) => of.name.getText() === name.text) ?? -1;
    if (within?.name && parameter >= 0) {
      const calls = all.filter((node) => ts.isCallExpression(node) && node.expression.getText() === within.name?.text);
      return calls.flatMap((call) => {
        const given = ts.isCallExpression(call) ? call.arguments[parameter] : undefined;
        return given === undefined ? [] : textsOf(given);
      });
    }
    const variable = nodesOf(within ?? name.getSourceFile()).find(
      (node) => ts.isVariableDeclaration(node) && node.name.getText() === name.text,
    );
    const value = variable && ts.isVariableDeclaration(variable) ? variable.initializer : undefined;
    return value === undefined ? lost(name, 'a name that is nowhere declared') : textsOf(value);
  }

  function textsOfCall(call: ts.CallExpression): string[] {
    const mapped = /\.map\(\(\{ (\w+) \}\) => \1\)$/.exec(call.getText())?.[1];
    if (mapped !== undefined) {
      // A list of them: whatever a property of this name is given in the file.
      return nodesOf(call.getSourceFile()).flatMap((node) => {
        if (ts.isPropertyAssignment(node) && node.name.getText() === mapped) return textsOf(node.initializer);
        return ts.isShorthandPropertyAssignment(node) && node.name.text === mapped ? textsOfName(node.name) : [];
      });
    }
    const called = functions.filter(({ name }) => name?.text === call.expression.getText());
    if (called.length !== 1) return lost(call, 'a function that is not found once');
    return called.flatMap((of) =>
      nodesOf(of).flatMap((node) => (ts.isReturnStatement(node) && node.expression ? textsOf(node.expression) : [])),
    );
  }

  return { statements, textsOf };
}

function nodesOf(root: ts.Node): ts.Node[] {
  const nodes = [root];
  const add = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, add);
  };
  ts.forEachChild(root, add);
  return nodes;
}

const isText = (node: ts.Node): boolean => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);

/** The values of a statement: `query(sql, [...])`, or `query({ text: sql, values: [...] })`. */
function valuesFor(sql: ts.Node): ts.ArrayLiteralExpression | undefined {
  const { parent } = sql;
  const values =
    ts.isCallExpression(parent) && parent.arguments[0] === sql
      ? parent.arguments[1]
      : nodesOf(parent.parent)
          .filter(ts.isPropertyAssignment)
          .find(({ name }) => name.getText() === 'values')?.initializer;
  return values && ts.isArrayLiteralExpression(values) ? values : undefined;
}

const enclosingFunction = (node: ts.Node) => ts.findAncestor(node, ts.isFunctionDeclaration);

function lost(node: ts.Node, what: string): never {
  const file = node.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  throw new Error(`${file.fileName}:${line}: ${what}: ${node.getText()}`);
}
