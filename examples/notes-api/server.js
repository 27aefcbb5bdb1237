// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import express from "express";

const MAX_NOTES = 1_000;
const MAX_TEXT_LENGTH = 10_000;

const notes = new Map();
const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "64kb" }));

app.get("/health", (_request, response) =>
  response.json({ status: "ok", node: process.version, uid: process.getuid?.() }),
);

app.get("/notes", (_request, response) => response.json([...notes.values()]));

app.get("/notes/:id", (request, response) => {
  const note = notes.get(request.params.id);
  if (note === undefined) return response.status(404).json({ error: "there is no such note" });
  return response.json(note);
});

app.post("/notes", (request, response) => {
  const text = request.body?.text;
  if (typeof text !== "string" || text === "" || text.length > MAX_TEXT_LENGTH) {
    return response.status(400).json({ error: `text must have 1 to ${MAX_TEXT_LENGTH} characters` });
  }
  if (notes.size >= MAX_NOTES) return response.status(507).json({ error: "there is no room for more notes" });
  const note = { id: randomUUID(), text, createdAt: new Date().toISOString() };
  notes.set(note.id, note);
  return response.status(201).location(`/notes/${note.id}`).json(note);
});

app.delete("/notes/:id", (request, response) => {
  if (!notes.delete(request.params.id)) return response.status(404).json({ error: "there is no such note" });
  return response.status(204).end();
});

app.use((error, _request, response, _next) =>
  response.status(error.status ?? 500).json({ error: error.expose === true ? error.message : "the server failed" }),
);

const port = Number(process.env.PORT ?? 3000);
const server = app.listen(port, () => console.log(`notes-api listens on ${port}`));
// As process 1 nothing ends the program by default.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close(() => process.exit(0)));
