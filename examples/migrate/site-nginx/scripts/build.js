import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { marked } from "marked";

const pages = (await readdir("pages")).filter((name) => name.endsWith(".md")).map((name) => parse(name).name);
const links = pages.map((page) => `<a href="/${page}">${page}</a>`).join(" · ");

await mkdir("dist", { recursive: true });
for (const page of pages) {
  const body = await marked.parse(await readFile(join("pages", `${page}.md`), "utf8"));
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Handbook: ${page}</title></head>
<body><nav>${links}</nav>
${body}</body>
</html>
`;
  await writeFile(join("dist", `${page}.html`), html);
}
console.log(`${pages.length} pages`);
