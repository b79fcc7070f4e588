// Reads a GraphQL document leniently, half-written as it is while somebody types: says what each
// token is (for colours), what may stand at a place (for completion) and which operation is where.

import { named, spelled } from "./schema.js";

const lexer = /(?<space>[\s,\uFEFF]+)|(?<comment>#[^\n]*)|(?<string>"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?)|(?<variable>\$\w*)|(?<directive>@\w*)|(?<name>[A-Za-z_]\w*)|(?<number>-?\d[\d.eE+-]*)|(?<mark>\.\.\.|[^])/g;
const operationKinds = ["query", "mutation", "subscription"];
const closers = { "}": "{", ")": "(", "]": "[" };

// [{text, start, role}] covering the whole document; "role" is a class of the stylesheet.
export function coloured(text, schema) {
  const reader = new Reader(schema);
  return tokens(text).map((token) => ({ ...token, role: reader.read(token) }));
}

// {start, items: [{name, detail}]}: what may replace the word that ends at "offset".
export function suggestions(text, offset, schema) {
  const before = tokens(text.slice(0, offset));
  const last = before.at(-1);
  const prefix = last && ["name", "variable", "directive"].includes(last.kind) ? before.pop() : null;
  const reader = new Reader(schema);
  before.forEach((token) => reader.read(token));
  const typed = (prefix?.text ?? "").toLowerCase();
  const items = reader.offers(prefix?.kind, text).filter((item) => item.name.toLowerCase().includes(typed));
  const starts = (item) => (item.name.toLowerCase().startsWith(typed) ? 0 : 1);
  return { start: prefix?.start ?? offset, items: items.sort((a, b) => starts(a) - starts(b)) };
}

// The name of the operation around "offset", else of the first; null where it has none.
export function operationAt(text, offset) {
  return operation(text, offset)?.name ?? null;
}

// Whether that operation is a subscription.
export function isSubscription(text, offset) {
  return operation(text, offset)?.kind === "subscription";
}

function operation(text, offset) {
  const reader = new Reader(null);
  const found = [];
  for (const token of tokens(text)) {
    const outside = reader.scopes.length === 1;
    const role = reader.read(token);
    if (outside && role === "keyword" && operationKinds.includes(token.text)) found.push({ start: token.start, kind: token.text, name: null });
    if (outside && role === "definition" && found.length && reader.defines !== "fragment") found.at(-1).name ??= token.text;
  }
  return found.findLast((one) => one.start <= offset) ?? found[0];
}

function tokens(text) {
  return Array.from(text.matchAll(lexer), (match) => ({
    text: match[0],
    start: match.index,
    kind: Object.keys(match.groups).find((kind) => match.groups[kind] !== undefined),
  }));
}

// A stack of scopes: "document", "selection" (of a type), "inputs" (arguments or an input object:
// a map of names), "variables", "list" (of an expected input type).
class Reader {
  constructor(schema) {
    this.schema = schema;
    this.scopes = [{ kind: "document", opener: "" }];
    this.defines = null;
    this.previous = "";
  }

  get scope() {
    return this.scopes.at(-1);
  }

  read(token) {
    if (token.kind === "space" || token.kind === "comment") return token.kind;
    const role = token.kind === "name" ? this.readName(token.text) : this.readOther(token);
    this.previous = token.text;
    return role;
  }

  readName(name) {
    if (this.scope.kind === "document") return this.readDefinition(name);
    if (this.scope.kind === "selection") return this.readSelected(name);
    if (this.scope.kind === "variables") return "type";
    if (this.scope.kind === "list" || this.scope.expected) return this.readValue("enum");
    this.scope.key = name;
    return "argument";
  }

  readDefinition(name) {
    if (this.previous === "on") this.pending = name;
    if (this.previous === "on") return "type";
    if (name === "on" && this.defines === "fragment") return "keyword";
    if (name === "fragment" || operationKinds.includes(name)) {
      this.defines = name;
      this.pending = this.schema?.roots[name];
      return "keyword";
    }
    return "definition";
  }

  readSelected(name) {
    if (this.previous === "on" && this.spreading) this.pending = name;
    const afterOn = this.previous === "on" && this.spreading;
    this.spreading = this.previous === "...";
    if (afterOn) return "type";
    if (this.spreading) return name === "on" ? "keyword" : "definition";
    this.field = this.type(this.scope.type)?.fields?.find((field) => field.name === name);
    this.inputs = this.field?.args;
    this.pending = named(this.field?.type);
    return "field";
  }

  readOther(token) {
    if (token.kind === "directive") this.inputs = this.schema?.directives.get(token.text.slice(1))?.args;
    else if (token.kind !== "mark") this.readValue();
    else if (token.text in closers) this.close(closers[token.text]);
    else if ("{([".includes(token.text)) this.open(token.text);
    else if (token.text === ":" && this.scope.kind === "inputs") this.scope.expected = this.keyType();
    return token.kind;
  }

  readValue(role) {
    if (this.scope.kind === "inputs") this.scope.expected = null;
    return role;
  }

  open(opener) {
    const inputs = ["inputs", "list"].includes(this.scope.kind);
    const expected = this.scope.expected;
    if (inputs) this.readValue();
    if (opener === "[") this.scopes.push({ kind: inputs ? "list" : this.scope.kind, opener, expected });
    else if (opener === "(" && this.scope.kind === "document") this.scopes.push({ kind: "variables", opener });
    else if (opener === "(") this.scopes.push({ kind: "inputs", opener, names: this.inputs ?? [] });
    else if (inputs) this.scopes.push({ kind: "inputs", opener, names: this.type(expected?.name)?.inputFields ?? [] });
    else this.scopes.push({ kind: "selection", opener, type: this.pending ?? this.schema?.roots.query });
    if (opener === "{") this.pending = null;
  }

  close(opener) {
    const at = this.scopes.findLastIndex((scope) => scope.opener === opener);
    if (at > 0) this.scopes.length = at;
    if (this.scopes.length === 1 && opener === "{") this.defines = null;
  }

  keyType() {
    const input = this.scope.names.find((one) => one.name === this.scope.key);
    return { name: named(input?.type) };
  }

  type(name) {
    return this.schema?.types.get(name);
  }

  offers(kind, text) {
    if (kind === "directive") return offered(this.schema?.directives.values(), "@");
    if (kind === "variable") return [...new Set(text.match(/\$\w+(?=\s*:)/g))].map((name) => ({ name, detail: "" }));
    if (this.scope.kind === "document") return this.definitionOffers();
    if (this.scope.kind === "selection") return this.selectionOffers();
    if (this.scope.kind === "variables") return this.typeOffers((type) => ["SCALAR", "ENUM", "INPUT_OBJECT"].includes(type.kind));
    return this.inputOffers(text);
  }

  definitionOffers() {
    if (this.previous === "on") return this.typeOffers((type) => type.fields);
    return ["query", "mutation", "subscription", "fragment"].map((name) => ({ name, detail: "" }));
  }

  selectionOffers() {
    if (this.previous === "...") return [{ name: "on", detail: "" }];
    const type = this.type(this.scope.type);
    const possible = [type?.name, ...(type?.possibleTypes ?? []).map((one) => one.name)];
    if (this.previous === "on" && this.spreading) return this.typeOffers((one) => possible.includes(one.name));
    return [...offered(type?.fields), { name: "__typename", detail: "String!" }];
  }

  inputOffers(text) {
    const expected = this.scope.expected;
    if (!expected) return offered(this.scope.names);
    const literals = expected.name === "Boolean" ? [{ name: "true" }, { name: "false" }] : this.type(expected.name)?.enumValues;
    return [...offered(literals), ...this.offers("variable", text)];
  }

  typeOffers(wanted) {
    const all = [...(this.schema?.types.values() ?? [])].filter((type) => !type.name.startsWith("__"));
    return offered(all.filter(wanted));
  }
}

function offered(things, prefix = "") {
  return Array.from(things ?? [], (thing) => ({
    name: prefix + thing.name,
    detail: thing.type ? spelled(thing.type) : "",
    description: thing.description,
  }));
}
