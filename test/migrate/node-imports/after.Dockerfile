FROM node:22-bookworm-slim AS builder
WORKDIR /srv/app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .

FROM registry.example/node:22
WORKDIR /srv/app
COPY --from=builder /srv/app/node_modules ./node_modules
COPY --from=builder /srv/app/lib ./lib
COPY --from=builder /srv/app/package*.json ./
COPY --from=builder /srv/app/server.js ./
CMD ["node", "server.js"]
