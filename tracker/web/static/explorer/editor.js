// A textarea stays the editor, so that undo, selection, input methods and screen readers work as
// everywhere; colours lie behind it in a <pre> of the same measure.

import { element } from "./dom.js";
import { coloured, suggestions } from "./language.js";

export class Editor {
  // root: holds <pre>, <textarea> and <ul role="listbox">; schema(): the schema or null.
  constructor(root, schema) {
    this.area = root.querySelector("textarea");
    this.layer = root.querySelector("pre");
    this.list = root.querySelector("[role=listbox]");
    this.schema = schema;
    this.offer = null;
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("scroll", () => this.align());
    this.area.addEventListener("keydown", (event) => this.pressed(event));
    this.area.addEventListener("blur", () => this.closeList());
  }

  get text() {
    return this.area.value;
  }

  get offset() {
    return this.area.selectionStart;
  }

  begin(text) {
    this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.draw();
  }

  // Unlike begin(), can be undone, which takes the focus.
  replaceAll(text) {
    this.area.focus({ preventScroll: true });
    this.area.select();
    this.insert(text);
    this.area.setSelectionRange(0, 0);
  }

  // Line and column count from 1, as GraphQL errors do.
  reveal(line, column) {
    const start = this.text.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    const word = /^[$@]?\w+/.exec(this.text.slice(start))?.[0].length ?? 1;
    this.area.focus();
    this.area.setSelectionRange(start, start + word);
    this.area.scrollTop = this.caretBox(start).top - this.area.clientHeight / 2;
  }

  // execCommand is the one way to change a textarea that its undo history notices.
  insert(text) {
    const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (!done) this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
    this.draw();
  }

  changed() {
    this.draw();
    if (this.offer) this.openList();
  }

  draw() {
    const parts = coloured(this.text, this.schema()).map(({ text, role }) => element("span", { className: `is-${role}` }, text));
    this.layer.replaceChildren(...parts, "\n");
    this.align();
  }

  align() {
    this.layer.scrollTop = this.area.scrollTop;
    this.layer.scrollLeft = this.area.scrollLeft;
  }

  pressed(event) {
    const action = this.offer ? this.listKeys[event.key] : null;
    if (action) action.call(this);
    else if (event.key === " " && (event.ctrlKey || event.metaKey)) this.openList();
    else if (event.key === "Escape") this.leaving = true;
    else if (event.key === "Tab" && !this.leaving && !event.ctrlKey && !event.altKey) this.indent(event.shiftKey);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) this.breakLine();
    else {
      this.leaving = this.leaving && event.key === "Shift";
      return;
    }
    event.preventDefault();
  }

  // Tab indents; after Escape it moves the focus on, so that the keyboard is never trapped.
  indent(outwards) {
    const { value, selectionStart, selectionEnd } = this.area;
    if (!outwards && selectionStart === selectionEnd) return this.insert("  ");
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const lines = value.slice(from, selectionEnd);
    const moved = outwards ? lines.replace(/^ {1,2}/gm, "") : lines.replace(/^/gm, "  ");
    this.area.setSelectionRange(from, selectionEnd);
    if (moved !== lines) this.insert(moved);
    this.area.setSelectionRange(from, from + moved.length);
  }

  breakLine() {
    const before = this.text.slice(0, this.offset);
    const margin = /[^\n]*$/.exec(before)[0].match(/^ */)[0];
    const opened = /[{([]\s*$/.test(before);
    const closes = opened && /^\s*[})\]]/.test(this.text.slice(this.offset));
    this.insert(`\n${margin}${opened ? "  " : ""}`);
    if (!closes) return;
    const caret = this.offset;
    this.insert(`\n${margin}`);
    this.area.setSelectionRange(caret, caret);
  }

  listKeys = {
    ArrowDown() { this.choose(this.offer.chosen + 1); },
    ArrowUp() { this.choose(this.offer.chosen - 1); },
    Enter() { this.accept(); },
    Tab() { this.accept(); },
    Escape() { this.closeList(); },
  };

  openList() {
    const { start, items } = suggestions(this.text, this.offset, this.schema());
    if (!items.length) return this.closeList();
    this.offer = { start, items: items.slice(0, 100), chosen: 0 };
    this.list.replaceChildren(...this.offer.items.map((item, at) => this.option(item, at)));
    this.place();
    this.choose(0);
  }

  option({ name, detail, description }, at) {
    const node = element("li", { id: `option-${at}`, role: "option", title: description ?? "" }, element("b", {}, name), ` ${detail ?? ""}`);
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.offer.chosen = at;
      this.accept();
    });
    return node;
  }

  place() {
    const box = this.caretBox(this.offer.start);
    this.list.hidden = false;
    const room = this.area.clientWidth - this.list.offsetWidth - 8;
    this.list.style.left = `${Math.max(0, Math.min(box.left, room))}px`;
    this.list.style.top = `${box.top + box.height - this.area.scrollTop}px`;
  }

  choose(at) {
    const options = [...this.list.children];
    this.offer.chosen = (at + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", index === this.offer.chosen));
    options[this.offer.chosen].scrollIntoView({ block: "nearest" });
    this.area.setAttribute("aria-activedescendant", `option-${this.offer.chosen}`);
  }

  accept() {
    const { start, items, chosen } = this.offer;
    this.closeList();
    this.area.setSelectionRange(start, this.offset);
    this.insert(items[chosen].name);
  }

  closeList() {
    this.offer = null;
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }

  // Where a character stands, measured on the coloured layer: {left, top, height} in its content.
  caretBox(offset) {
    const range = document.createRange();
    let passed = 0;
    for (const span of this.layer.querySelectorAll("span")) {
      const length = span.textContent.length;
      if (passed + length >= offset) {
        range.setStart(span.firstChild, offset - passed);
        break;
      }
      passed += length;
    }
    range.collapse(true);
    const layer = this.layer.getBoundingClientRect();
    const box = range.getClientRects()[0] ?? { left: layer.left + 12, top: layer.top + 12, height: 20 };
    return { left: box.left - layer.left, top: box.top - layer.top + this.layer.scrollTop, height: box.height };
  }
}
