// Generates the client: node generate.ts ADDRESS TOKEN DOCUMENTS FOLDER/

import { generate } from "@graphql-codegen/cli";

const [address, token, documents, folder] = process.argv.slice(2) as [string, string, string, string];

await generate(
  {
    schema: [{ [address]: { headers: { Authorization: `Bearer ${token}` } } }],
    documents: [`${documents}/*.graphql`],
    silent: true,
    generates: {
      [folder]: {
        preset: "client",
        presetConfig: { fragmentMasking: false },
        config: {
          enumsAsTypes: true,
          useTypeImports: true,
          importExtension: ".ts",
          strictScalars: true,
          scalars: { Date: "string", DateTime: "string", Decimal: "string", JSON: "unknown", Upload: "File" },
        },
      },
    },
  },
  true,
);
