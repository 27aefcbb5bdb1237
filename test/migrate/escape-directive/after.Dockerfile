# escape=`
FROM node:22 AS builder
WORKDIR /app
COPY package.json `
     package-lock.json ./
RUN npm ci `
    --omit=dev
COPY server.js .

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
CMD ["node", "server.js"]
