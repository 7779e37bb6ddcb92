#!/usr/bin/env node
// Runs the command line as `npm run build:service` compiled it; stacks name the lines of the sources.
process.setSourceMapsEnabled(true)
await import("../dist/service/aggregator/cli.js")
