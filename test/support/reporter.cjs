"use strict";
const { Spec } = require("mocha").reporters;

/** Mocha's own report, then the totals alone on the last line, for machines: `N passed, N failed`. */
module.exports = class extends Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ""}`);
  }
};
