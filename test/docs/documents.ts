import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const read = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8');

/** A Markdown file of the project, by its path from the root. */
export interface Document {
  path: string;
  text: string;
}

/** Every Markdown file that is written by hand, those of the root first. */
export const documents: Document[] = ['', 'docs/', 'examples/']
  .flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`),
  )
  .map((path) => ({ path, text: read(path) }));

export function documentAt(path: string): Document {
  const found = documents.find((document) => document.path === path);
  if (!found) throw new Error(`there is no ${path}`);
  return found;
}

/** A fenced block, with the `code:` comment above it if there is one. */
export interface Block {
  language: string;
  code: string;
  source: string | undefined;
}

export function blocksOf({ text }: Document): Block[] {
  const blocks = text.matchAll(/(?:<!-- code: (\S+) -->\n)?^( *)```(\w*)\n([\s\S]*?)^ *```$/gm);
  return [...blocks].map(([, source, indent = '', language = '', code = '']) => ({
    source,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** What is set as code: fenced blocks, but for those of the language `without`, and spans between back-quotes. */
export function codeOf(document: Document, without?: string): string[] {
  const prose = document.text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  const blocks = blocksOf(document).filter(({ language }) => language !== without);
  return [...blocks.map(({ code }) => code), ...spansOf(prose)];
}

export const spansOf = (markdown: string): string[] =>
  [...markdown.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);

/** The rows of all tables as their cells; a `|` within a cell is written `\|`. */
export const rowsOf = ({ text }: Document): string[][] =>
  [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));

/** The rows of the table whose heading begins with these cells. */
export function tableOf(document: Document, ...heading: string[]): string[][] {
  const rows = rowsOf(document);
  const start = rows.findIndex((row) => heading.every((cell, index) => row[index] === cell));
  const end = rows.findIndex((_, index) => index > start + 1 && /^-+$/.test(rows[index + 1]?.[0] ?? ''));
  if (start < 0) throw new Error(`${document.path} has no table "${heading.join(' | ')}"`);
  return rows.slice(start + 2, end < 0 ? undefined : end);
}

/** The addresses of a document's headings, as GitHub makes them. */
export function anchorsOf({ text }: Document): string[] {
  const withoutBlocks = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return [...withoutBlocks.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
