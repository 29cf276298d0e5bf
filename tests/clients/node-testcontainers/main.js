// What testcontainers finds for a registry, by its own resolver: one JSON object on stdout, null for nothing.
//
// usage: node main.js NODE_MODULES HOST...
"use strict";

const path = require("node:path");

const [modules, ...hosts] = process.argv.slice(2);
const resolver = path.join(modules, "testcontainers/build/container-runtime/auth/get-auth-config.js");
const { getAuthConfig } = require(resolver);

async function main() {
  const found = [];
  for (const host of hosts) found.push((await getAuthConfig(host)) ?? null);
  process.stdout.write(JSON.stringify(found) + "\n");
}

main().catch((problem) => {
  process.stderr.write(`${problem.message}\n`);
  process.exitCode = 1;
});
