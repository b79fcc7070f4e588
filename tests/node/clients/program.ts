// What a programmer writes against the generated client: every answer has its type.
//   node program.ts ADDRESS TOKEN

import assert from "node:assert/strict";
import { print } from "graphql";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { MeDocument, MoveMilestoneDocument, PortfolioDocument } from "./gql/graphql.ts";
import type { CardFragment, ProjectState } from "./gql/graphql.ts";

const [address, token] = process.argv.slice(2) as [string, string];
const states: ProjectState[] = ["ACTIVE", "SUSPENDED", "FINALISING"];

async function ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const answer = await fetch(address, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
      Authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: { message: string }[] };
  assert.ok(data && !errors, errors?.map((error) => error.message).join("; "));
  return data;
}

async function pages(): Promise<CardFragment[]> {
  const found: CardFragment[] = [];
  let after: string | null = null;
  for (;;) {
    const data: Awaited<ReturnType<typeof page>> = await page(after);
    found.push(...data.nodes);
    if (!data.pageInfo.hasNextPage) {
      assert.equal(found.length, data.totalCount);
      return found;
    }
    after = data.pageInfo.endCursor ?? null;
  }
}

async function page(after: string | null) {
  return (await ask(PortfolioDocument, { first: 2, after, states })).projects;
}

const { viewer } = await ask(MeDocument, {});
assert.ok(viewer?.memberships.nodes.length);
const cards = await pages();
assert.ok(cards.length > 2);
assert.equal(new Set(cards.map((card) => card.code)).size, cards.length);
assert.ok(cards.every((card) => states.includes(card.state)));
const milestone = cards.find((card) => card.nextMilestone)?.nextMilestone;
assert.ok(milestone);
const { milestoneMove } = await ask(MoveMilestoneDocument, { id: milestone.id, dueOn: "2099-12-31", reason: "", version: 0 });
assert.ok(milestoneMove.problems.length);
assert.ok(milestoneMove.problems.every((problem) => problem.code && problem.message));
console.log(`${viewer.name}: ${cards.length} projects, ${cards[0]?.code} the first`);
