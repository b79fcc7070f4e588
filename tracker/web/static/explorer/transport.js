// One request to the API that this page belongs to: the session cookie goes along, and the API
// token instead of it where one is given.

const endpoint = "/graphql";

// Resolves to {status, milliseconds, text, body}; body is null where the answer is not JSON.
// Rejects only when no answer came at all.
export async function send(request, token) {
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/graphql-response+json, application/json;q=0.9",
  };
  if (token) headers.Authorization = `Bearer ${token}`;
  const began = performance.now();
  const response = await fetch(endpoint, {
    method: "POST", headers, credentials: "same-origin", body: JSON.stringify(request),
  });
  const text = await response.text();
  return { status: response.status, milliseconds: performance.now() - began, text, body: parsed(text) };
}

// The request as a command for a shell. The token is named, never written: commands end up in
// histories and tickets.
export function curl(request, origin) {
  const body = JSON.stringify(request).replaceAll("'", `'\\''`);
  return [
    `curl -s ${origin}${endpoint}`,
    `-H 'Content-Type: application/json'`,
    `-H "Authorization: Bearer $TRACKER_TOKEN"`,
    `-d '${body}'`,
  ].join(" \\\n  ");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
