import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';

// The house has three floors (see CONTRIBUTING.md): an import may only point down, and neighbours never know each other.
const mayNotImport = (target, from, message) => ({ target: `./${target}`, from: from.map((f) => `./${f}`), message });
const floors = [
  mayNotImport('runtime', ['apis', 'consumer', 'db', 'rabbitmq', 'local'], 'runtime is the ground floor'),
  mayNotImport('db', ['apis', 'consumer', 'rabbitmq', 'local'], 'db knows neither the broker nor the processes'),
  mayNotImport(
    'rabbitmq',
    ['apis', 'consumer', 'db', 'local'],
    'rabbitmq knows neither the databases nor the processes',
  ),
  mayNotImport('apis', ['consumer', 'local'], 'apis and consumer are neighbours'),
  mayNotImport('consumer', ['apis', 'local'], 'apis and consumer are neighbours'),
  mayNotImport('local', ['apis', 'consumer', 'db', 'rabbitmq'], 'local starts processes, it does not reach into them'),
];

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
    plugins: { 'import-x': importX },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: floors }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
    },
  },
  { files: ['local/**', 'runtime/print-env-example.ts'], rules: { 'no-console': 'off' } },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
