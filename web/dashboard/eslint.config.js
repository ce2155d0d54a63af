import tseslint from "typescript-eslint";

const NO_MARKUP = "A text of the service is a text: it is never parsed as markup.";

// The law of the Python side, as far as a linter can hold it.
const LAW = {
  complexity: ["error", 12],
  "max-depth": ["error", 3],
  "max-lines": ["error", 250],
  "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
  "max-params": ["error", 6],
  "no-restricted-globals": ["error", "eval"],
  "no-implied-eval": "off",
  "@typescript-eslint/no-implied-eval": "error",
  "no-restricted-properties": [
    "error",
    { property: "innerHTML", message: NO_MARKUP },
    { property: "outerHTML", message: NO_MARKUP },
    { property: "insertAdjacentHTML", message: NO_MARKUP },
    { object: "document", property: "write", message: NO_MARKUP },
  ],
  "no-restricted-syntax": [
    "error",
    { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: NO_MARKUP },
    {
      selector: "JSXAttribute[name.name='style']",
      message: "Styles are classes and custom properties of src/styles; the page's policy refuses the rest.",
    },
  ],
  "@typescript-eslint/no-non-null-assertion": "off",
  // Numbers in words are the very point of a reason.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
};

export default tseslint.config(
  { ignores: ["build", "node_modules", "eslint.config.js", "src/api/schema.d.ts"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: LAW,
  },
  {
    files: ["**/*.test.ts", "**/*.test.tsx", "tests/**", "e2e/**"],
    rules: { "max-lines-per-function": "off" },
  },
);
