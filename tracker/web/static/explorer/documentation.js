// The schema as a book: root types, one page a type, a search over types and fields.

import { element, words } from "./dom.js";
import { named, spelled } from "./schema.js";

export class Documentation {
  constructor(root) {
    this.page = root.querySelector("[data-page]");
    this.back = root.querySelector("[data-back]");
    this.search = root.querySelector("input[type=search]");
    this.trail = [];
    this.schema = null;
    this.back.addEventListener("click", () => this.goBack());
    this.search.addEventListener("input", () => this.draw());
  }

  show(schema) {
    this.schema = schema;
    this.trail = [];
    this.draw();
  }

  open(name) {
    this.search.value = "";
    this.trail.push(name);
    this.draw();
    this.page.focus({ preventScroll: true });
    this.page.scrollTop = 0;
  }

  goBack() {
    if (this.search.value) this.search.value = "";
    else this.trail.pop();
    this.draw();
  }

  draw() {
    const wanted = this.search.value.trim().toLowerCase();
    const name = this.trail.at(-1);
    this.back.hidden = !wanted && !name;
    this.search.disabled = !this.schema;
    if (!this.schema) this.page.replaceChildren(element("p", {}, words.schemaClosed));
    else if (wanted) this.page.replaceChildren(...this.found(wanted));
    else if (name) this.page.replaceChildren(...this.typePage(this.schema.types.get(name)));
    else this.page.replaceChildren(...this.contents());
  }

  contents() {
    const roots = Object.values(this.schema.roots).filter(Boolean);
    const others = [...this.schema.types.values()].filter(({ name }) => !name.startsWith("__") && !roots.includes(name));
    return [
      heading(words.start), this.links(roots.map((name) => ({ type: name, label: name }))),
      ...this.group(words.objects, others, ["OBJECT", "INTERFACE", "UNION"]),
      ...this.group(words.enums, others, ["ENUM"]),
      ...this.group(words.scalars, others, ["SCALAR"]),
      ...this.group(words.inputs, others, ["INPUT_OBJECT"]),
    ];
  }

  group(title, types, kinds) {
    const names = types.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name).sort();
    return names.length ? [heading(title), this.links(names.map((name) => ({ type: name, label: name })))] : [];
  }

  found(wanted) {
    const hits = [];
    const look = (type, label, name) => {
      const rank = fit(wanted.includes(".") ? label.toLowerCase() : name.toLowerCase(), wanted);
      if (rank < 3) hits.push({ type, label, rank });
    };
    for (const type of this.schema.types.values()) {
      if (type.name.startsWith("__")) continue;
      look(type.name, type.name, type.name);
      for (const part of [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])]) {
        look(type.name, `${type.name}.${part.name}`, part.name);
      }
    }
    // Of two that fit alike, a type before a field, and the shorter name before the longer.
    const weight = ({ type, label, rank }) => rank * 1000 + (label === type ? 0 : 500) + label.length;
    hits.sort((one, other) => weight(one) - weight(other));
    return hits.length ? [this.links(hits.slice(0, 80))] : [element("p", {}, words.nothingFound)];
  }

  typePage(type) {
    return [
      element("h3", {}, element("code", {}, type.name)),
      prose(type.description),
      ...this.part(words.implementsTypes, type.interfaces, (one) => this.typeLink(one.name)),
      ...this.part(words.possibleTypes, type.possibleTypes, (one) => this.typeLink(one.name)),
      ...this.part(words.fields, type.fields ?? type.inputFields, (field) => this.entry(field)),
      ...this.part(words.values, type.enumValues, (value) => this.entry(value)),
    ];
  }

  part(title, things, draw) {
    if (!things?.length) return [];
    return [heading(title), element("ul", {}, ...things.map((thing) => element("li", {}, draw(thing))))];
  }

  // A field, input field or enum value with what is known of it.
  entry(thing) {
    const line = element("code", {}, element("b", {}, thing.name));
    if (thing.type) line.append(": ", this.typeLink(named(thing.type), spelled(thing.type)));
    if (thing.defaultValue) line.append(` = ${thing.defaultValue}`);
    const retired = thing.isDeprecated ? element("p", { className: "retired" }, `${words.deprecated} ${thing.deprecationReason ?? ""}`) : null;
    const inputs = thing.args?.length ? element("ul", {}, ...thing.args.map((one) => element("li", {}, this.entry(one)))) : null;
    return element("div", {}, line, prose(thing.description), retired, inputs);
  }

  links(items) {
    return element("ul", {}, ...items.map(({ type, label }) => element("li", {}, this.typeLink(type, label))));
  }

  typeLink(name, label = name) {
    const link = element("button", { type: "button", className: "type-link" }, label);
    link.addEventListener("click", () => this.open(name));
    return link;
  }
}

// 0 the very name, 1 begins with it, 2 has it inside, 3 does not.
function fit(name, wanted) {
  if (name === wanted) return 0;
  const at = name.indexOf(wanted);
  return at === 0 ? 1 : at > 0 ? 2 : 3;
}

function heading(text) {
  return element("h4", {}, text);
}

function prose(text) {
  return text ? element("p", {}, text) : null;
}
