const { readFileSync } = require("node:fs");
console.log(readFileSync("motd.txt", "utf8"));
