import js from "@eslint/js";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** The floors, lowest first: a file imports from its own floor and from those below. */
const floors = ["dynamic", "infra", "kestra", "local", "cli", "test"];

const above = (floor) => floors.slice(floors.indexOf(floor) + 1);

/** Refuses imports of the floors above, and of `index.ts`, which is the whole program. */
function noImportsFromAbove(floor) {
  const allowed = floors.slice(0, floors.indexOf(floor) + 1).join("/, ");
  const message = `${floor}/ may import from ${allowed}/ only: see CONTRIBUTING.md.`;
  const higher = [...above(floor), "index"].join("|");
  const patterns = [{ regex: `^(\\.\\./)+(${higher})(/|$)`, message }];
  const dynamicImport = `ImportExpression[source.value=/^(\\.\\.\\u002F)+(${higher})(\\u002F|$)/]`;
  return {
    files: [`${floor}/**/*.ts`],
    rules: {
      "no-restricted-imports": ["error", { patterns }],
      "no-restricted-syntax": ["error", { selector: dynamicImport, message }],
    },
  };
}

const maxLength = {
  code: 120,
  comments: 120,
  ignoreUrls: true,
  ignoreStrings: true,
  ignoreTemplateLiterals: true,
  ignoreRegExpLiterals: true,
};

export default tseslint.config(
  { ignores: [".local/", "node_modules/", "**/target/", "dbt/"] },
  js.configs.recommended,
  { files: ["**/*.ts", "**/*.mjs"], rules: { "max-len": ["error", maxLength] } },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    plugins: { "import-x": importX },
    settings: {
      "import-x/extensions": [".ts"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts"] })],
    },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "import-x/no-cycle": "error",
    },
  },
  ...floors.slice(0, -1).map(noImportsFromAbove),
  {
    files: ["test/**/*.ts", "local/test/**/*.ts"],
    // mocha's describe and it return suites and promises that the runner itself awaits
    rules: { "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: ["describe", "it"] }] },
  },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", URL: "readonly", module: "writable", require: "readonly" },
    },
  },
);
