FROM node:22 AS builder
WORKDIR /app
RUN mkdir -p /var/lib/app && chown -R node:node /app /var/lib/app
USER node
COPY --chown=node:node package*.json ./
RUN npm ci
COPY --chown=node:node . .

FROM registry.example/node:22
USER 1000
COPY --from=builder --chown=1000:1000 /app /app
COPY --from=builder --chown=1000:1000 /var/lib/app /var/lib/app
WORKDIR /app
VOLUME ["/var/lib/app"]
CMD ["node", "server.js"]
