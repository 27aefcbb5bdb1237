FROM node:22 AS builder
WORKDIR /app
COPY . .
RUN npm ci && chmod +x entrypoint.sh

FROM registry.example/node:22_bash-coreutils
WORKDIR /app
COPY --from=builder /app ./
ENTRYPOINT ["./entrypoint.sh"]
CMD ["node", "server.js"]
