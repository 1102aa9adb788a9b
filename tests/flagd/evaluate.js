// node evaluate.js DEFINITION.json FLAG < contexts, one JSON object per line: the variant of each, one per line; an error code where there is none.
// The definition is held to flagd's schema first: exit 1 where it does not fit.
const fs = require("node:fs");
const { FlagdCore, MemoryStorage } = require("@openfeature/flagd-core");

const [definition, flag] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const storage = new MemoryStorage(quiet);
storage.setConfigurations(fs.readFileSync(definition, "utf8"), true);
const core = new FlagdCore(storage, quiet);
for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  try {
    const { variant, errorCode } = core.resolveObjectEvaluation(flag, {}, JSON.parse(line), quiet);
    console.log(variant ?? errorCode);
  } catch (error) {
    console.log(error.code ?? error.message);
  }
}
