#!/usr/bin/env node
// Runs the command line from its TypeScript sources, in a clone and when installed alike.
import { register } from "tsx/esm/api"

register()
await import("../aggregator/cli.ts")
