// html-validate over the files whose paths are given: one line of JSON per thing it finds.
import { readFileSync } from "node:fs";
import { HtmlValidate, StaticConfigLoader } from "html-validate";
import config from "./mailrules.js";

const validator = new HtmlValidate(new StaticConfigLoader(config));
for (const path of process.argv.slice(2)) {
  const { results } = validator.validateStringSync(readFileSync(path, "utf8"), path);
  for (const { ruleId, message, line, column } of results.flatMap(({ messages }) => messages)) {
    console.log(JSON.stringify({ path, rule: ruleId, message, line, column }));
  }
}
