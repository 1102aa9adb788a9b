// node --expose-gc bench.js PAYLOAD.json ATTRIBUTES.json KEY...: one line of JSON per flag, {"key", "value", "ns", "bytes"}.
// ns: the median of rounds, each a loop of evaluations; bytes: what the heap grew by over evaluations between two collections.
const fs = require("node:fs");
const { GrowthBook } = require("@growthbook/growthbook");

const [payload, attributes] = process.argv.slice(2, 4).map((file) => JSON.parse(fs.readFileSync(file, "utf8")));
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

for (const key of process.argv.slice(4)) {
  const growthbook = new GrowthBook({ attributes, features: payload.features });
  const result = growthbook.evalFeature(key);
  const loop = (count) => {
    let on = 0;
    for (let i = 0; i < count; i++) on += growthbook.evalFeature(key).on ? 1 : 0;
    return on;
  };

  loop(200_000);
  const rounds = [];
  for (let round = 0; round < 9; round++) {
    const count = 200_000;
    const start = process.hrtime.bigint();
    loop(count);
    rounds.push(Number(process.hrtime.bigint() - start) / count);
  }

  // Few enough that the young generation is not collected meanwhile; the smallest difference that is not negative.
  const grown = [];
  for (let round = 0; round < 9; round++) {
    global.gc();
    const before = process.memoryUsage().heapUsed;
    loop(500);
    grown.push((process.memoryUsage().heapUsed - before) / 500);
  }

  console.log(JSON.stringify({ key, value: result.value, ns: median(rounds), bytes: median(grown) }));
}
