// graphql-http's own audit of the server at the given address, with a token if one follows: one
// line of JSON per check.
import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);
const fetchFn = (address, init) => {
  const headers = new Headers(init?.headers);
  if (token) headers.set("authorization", `Bearer ${token}`);
  return fetch(address, { ...init, headers });
};
for (const { status, name, reason } of await auditServer({ url, fetchFn })) {
  console.log(JSON.stringify({ status, name, reason: reason ?? null }));
}
