/* Rules made over the Table API run as ES5; Script Includes and rules share one global scope. */
import esx from 'eslint-plugin-es-x';

const scope = ['AwsSecurityIr', 'Class', 'GlideRecord', 'gs', 'sn_ws', 'current', 'previous'];

export default [
    esx.configs['flat/restrict-to-es5'],
    {
        files: ['**/*.js'],
        languageOptions: {
            ecmaVersion: 'latest',
            sourceType: 'script',
            globals: Object.fromEntries(scope.map((name) => [name, 'readonly'])),
        },
        rules: {
            'no-undef': 'error',
            'no-unused-vars': ['error', { args: 'none', varsIgnorePattern: '^AwsSecurityIr$' }],
            'no-redeclare': ['error', { builtinGlobals: false }],
            'no-eval': 'error',
            'no-implied-eval': 'error',
            'no-dupe-keys': 'error',
            'no-unreachable': 'error',
            'no-with': 'error',
            eqeqeq: 'error',
            curly: 'error',
            semi: 'error',
        },
    },
];
