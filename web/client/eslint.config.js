import tseslint from "typescript-eslint";

// The law of the Python side, as far as a linter can hold it.
const LAW = {
  complexity: ["error", 12],
  "max-depth": ["error", 3],
  "max-lines": ["error", 350],
  "max-lines-per-function": ["error", { max: 45, skipBlankLines: true, skipComments: true }],
  "max-params": ["error", 6],
  "no-restricted-globals": ["error", "eval"],
  "@typescript-eslint/no-non-null-assertion": "off",
  // Numbers in words are the very point of a reason.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
};

export default tseslint.config(
  { ignores: ["dist", "build", "node_modules", "eslint.config.js", "tests/browser/page.js"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: LAW,
  },
  {
    files: ["tests/**", "examples/**"],
    rules: { "max-lines-per-function": "off" },
  },
);
