const { Router } = require("express");

const links = new Map([["docs", "https://example.org/docs"]]);
const router = Router();

router.get("/", (_request, response) => response.json(Object.fromEntries(links)));

router.get("/:name", (request, response) => {
  const url = links.get(request.params.name);
  if (url === undefined) return response.status(404).json({ error: "there is no such link" });
  return response.redirect(url);
});

router.put("/:name", (request, response) => {
  const url = request.body.url;
  if (typeof url !== "string" || !URL.canParse(url)) return response.status(400).json({ error: "url must be a URL" });
  links.set(request.params.name, url);
  return response.status(201).json({ [request.params.name]: url });
});

module.exports = router;
