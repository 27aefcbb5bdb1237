FROM node:22 AS builder
WORKDIR /app
COPY . .
RUN npm ci

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
HEALTHCHECK --timeout=2s CMD ["node", "healthcheck.js"]
CMD ["node", "server.js"]
