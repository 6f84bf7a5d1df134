// Evaluates FHIRPath with the reference implementation, one JSON line in and one out. The first line holds the resources and
// the time; every other an expression, the name of the resource that it is applied to, and its variables.
const { createInterface } = require('node:readline');
const tools = process.argv[2];
const fhirpath = require(tools + '/fhirpath');
const r4 = require(tools + '/fhirpath/fhir-context/r4');

let given;
console.warn = () => {}; // it warns of what it leaves away, and of a wrong number of arguments
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) { if (args.length > 0) super(...args); else super(given.now); }
  static now() { return new RealDate(given.now).getTime(); }
};

function evaluate({ of, expression }) {
  const env = Object.fromEntries(Object.entries(given.resources).map(([name, r]) => [name, structuredClone(r)]));
  env.resource = env[of];
  try {
    const out = fhirpath.evaluate(env[of], expression, env, r4, { preciseMath: true, async: false, traceFn: () => {} });
    return { out };
  } catch (e) {
    return { error: String(e?.message ?? e) };
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (!given) { given = JSON.parse(line); return; }
  process.stdout.write(JSON.stringify(evaluate(JSON.parse(line))) + '\n');
});
