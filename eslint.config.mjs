import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '.venv/',
      'labextension/output/',
      'labextension/lib/',
      'labextension/src/generated/',
      'labextension/ui-tests/test-results/',
      'widgets/spreadlab_widgets/static/',
      'docs/',
      'build/',
      'dist/'
    ]
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Index signatures are checked by noUncheckedIndexedAccess; after a bounds
      // test the assertion is the shortest honest way to say so.
      '@typescript-eslint/no-non-null-assertion': 'off'
    }
  },
  {
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      curly: 'error',
      'prefer-const': 'error'
    }
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off' }
  },
  prettier
);
