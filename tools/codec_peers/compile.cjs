// node compile.cjs SOURCE.mo OUT.wasm: compile with moc.js, which needs no network.
const fs = require("fs");
const motoko = require("motoko").default ?? require("motoko");
motoko.loadPackage(require("motoko/packages/latest/core.json"));  // What `mo:core` names.
const [source, out] = process.argv.slice(2);
motoko.write("main.mo", fs.readFileSync(source, "utf8"));
fs.writeFileSync(out, Buffer.from(motoko.wasm("main.mo", "ic").wasm));
