// The schema, read once by introspection and indexed by name for completion and documentation.

import { send } from "./transport.js";

// Three levels of ofType hold [Type!]!; the document stays below the server's depth limit.
const introspection = `query Schema {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    directives { name description args { ...input } }
    types {
      kind name description
      fields(includeDeprecated: true) { name description isDeprecated deprecationReason args(includeDeprecated: true) { ...input } type { ...type } }
      inputFields(includeDeprecated: true) { ...input }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      interfaces { name }
      possibleTypes { name }
    }
  }
}
fragment input on __InputValue { name description defaultValue isDeprecated deprecationReason type { ...type } }
fragment type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

// The schema, or null where the server keeps it from this reader.
export async function readSchema(token) {
  const { body } = await send({ query: introspection, operationName: "Schema" }, token);
  const found = body?.data?.__schema;
  return found ? indexed(found) : null;
}

function indexed(found) {
  const roots = { query: found.queryType, mutation: found.mutationType, subscription: found.subscriptionType };
  return {
    types: new Map(found.types.map((type) => [type.name, type])),
    directives: new Map(found.directives.map((directive) => [directive.name, directive])),
    roots: Object.fromEntries(Object.entries(roots).map(([kind, type]) => [kind, type?.name ?? null])),
  };
}

// "[Project!]!" as the schema language writes it.
export function spelled(type) {
  if (type.kind === "NON_NULL") return `${spelled(type.ofType)}!`;
  if (type.kind === "LIST") return `[${spelled(type.ofType)}]`;
  return type.name;
}

// The name inside all lists and non-nulls.
export function named(type) {
  return type?.ofType ? named(type.ofType) : type?.name;
}
