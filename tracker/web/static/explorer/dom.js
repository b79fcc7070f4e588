// Builds elements without innerHTML: text from the server or a share link stays text, and the
// content security policy has nothing to object to.

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const words = JSON.parse(document.getElementById("words").textContent);
