// PostGraphile over DATABASE_URL, as a careful user runs it: node server.mjs PORT
// PG_SETTINGS=1 sends a setting for the viewer with each request, as row-level security needs.
import { createServer } from "node:http";
import { PgAggregatesPreset } from "@graphile/pg-aggregates";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { postgraphile } from "postgraphile";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const port = Number(process.argv[2]);
const instance = postgraphile({
  extends: [
    PostGraphileAmberPreset,
    PgSimplifyInflectionPreset,
    PostGraphileConnectionFilterPreset,
    PgAggregatesPreset,
  ],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      poolConfig: { max: 8, idleTimeoutMillis: 0 },
    }),
  ],
  schema: { defaultBehavior: "+list +connection", connectionFilterRelations: true },
  grafserv: { port, graphiql: false, watch: false },
  grafast: {
    explain: false,
    ...(process.env.PG_SETTINGS ? { context: () => ({ pgSettings: { "app.viewer": "42" } }) } : {}),
  },
});
const server = createServer();
server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
await instance.createServ(grafserv).addTo(server);
if (process.env.SCHEMA_TO) {
  const { printSchema } = await import("graphql");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(process.env.SCHEMA_TO, printSchema((await instance.getSchemaResult()).schema));
}
server.listen(port, "127.0.0.1", () => console.log("ready"));
