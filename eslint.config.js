import tseslint from 'typescript-eslint';

// The house has three floors (see CONTRIBUTING.md): an import may only point down, and neighbours never know each other.
// Tests may use the test harness and the starters of servers besides. Examples stand above all floors.
const restrictImports = (folder, regex, message, rules = {}) => ({
  files: [`${folder}/**/*.ts`],
  ignores: ['**/*.test.ts', '**/*-under-test.ts'],
  rules: { ...rules, 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] },
});
const mayNotImport = (floor, others, reason) =>
  restrictImports(floor, `^\\.\\.?/(.*/)?(${[...others, 'examples', 'local', 'test'].join('|')})/`, reason);
const floors = [
  mayNotImport('runtime', ['apis', 'consumer', 'db', 'rabbitmq'], 'runtime is the ground floor'),
  mayNotImport('db', ['apis', 'consumer', 'rabbitmq'], 'db knows neither the broker nor the processes'),
  mayNotImport('rabbitmq', ['apis', 'consumer', 'db'], 'rabbitmq knows neither the databases nor the processes'),
  mayNotImport('apis', ['consumer'], 'apis and consumer are neighbours'),
  mayNotImport('consumer', ['apis'], 'apis and consumer are neighbours'),
];
/** Programs that talk to a person. */
const maySpeak = { 'no-console': 'off' };
const launcher = restrictImports(
  'local',
  '/(apis|consumer|db|rabbitmq)/',
  'local starts processes, it does not reach into them',
  maySpeak,
);
// The checker of the fault suite is a second opinion: it shares no line with what it judges.
const checker = restrictImports(
  'test/faults/checker',
  '^(\\.\\.|\\./.*\\.\\./|/|#|file:)',
  'the checker imports none of our other modules',
  maySpeak,
);
// The page is JavaScript as browsers run it, checked by its own types. What it shows comes from anywhere, so nothing in it
// may turn a text into markup.
const PAGE = 'apis/storefront/page/**/*.js';
const asMarkup = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write', 'createContextualFragment'];
const page = {
  files: [PAGE],
  languageOptions: { parserOptions: { projectService: false, project: 'tsconfig.page.json' } },
  rules: {
    'no-restricted-properties': [
      'error',
      ...asMarkup.map((property) => ({ property, message: 'texts become text nodes, see view/element.js' })),
    ],
    // A file that the browser gets has no build that would take types out of it.
    'no-restricted-imports': ['error', { patterns: [{ regex: '^[^.]', message: 'the page serves all of its own' }] }],
  },
};

export default tseslint.config(
  { ignores: ['node_modules/', '.local/', 'coverage/', 'dist/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'AbortSignal', property: 'any', message: 'it is kept while the others live, see runtime/abort.ts' },
      ],
    },
  },
  { files: ['local/bootstrap.js', 'test/browser/screenshots.ts'], rules: maySpeak },
  ...floors,
  launcher,
  checker,
  { files: ['**/*.js'], ignores: [PAGE], ...tseslint.configs.disableTypeChecked },
  page,
);
