const path = require("node:path");
const express = require("express");
const links = require("./routes/links");

const app = express();
app.use(express.json());
app.use(express.static(path.join(__dirname, "public")));
app.get("/health", (_request, response) => response.json({ status: "ok" }));
app.use("/links", links);

const port = Number(process.env.PORT || 3000);
const server = app.listen(port, () => console.log(`links listens on ${port}`));
process.on("SIGTERM", () => server.close());
