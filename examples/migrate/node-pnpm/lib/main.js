import { createServer } from "node:http";
import { nanoid } from "nanoid";
import slugify from "slugify";

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  if (pathname === "/health") return response.end("ok\n");
  if (pathname !== "/") return response.writeHead(404).end("not found\n");
  const text = searchParams.get("text") ?? "Hello, World";
  response.setHeader("content-type", "application/json");
  return response.end(JSON.stringify({ id: nanoid(), slug: slugify(text, { lower: true, strict: true }) }));
});

server.listen(Number(process.env.PORT ?? 4000), () => console.log("slugs listens on", server.address().port));
process.on("SIGTERM", () => server.close());
