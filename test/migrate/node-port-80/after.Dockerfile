FROM node:22 AS builder
WORKDIR /app
COPY . .
RUN npm ci

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
ENV PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=5s CMD ["node", "-e", "fetch('http://localhost:8080/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.js"]
