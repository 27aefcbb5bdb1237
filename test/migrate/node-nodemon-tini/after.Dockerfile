FROM registry.example/node:22-dev AS builder
RUN apt-get update && apt-get install -y tini
WORKDIR /app
COPY package.json .
RUN npm install
COPY . .

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app/node_modules ./node_modules
COPY --from=builder /app/package*.json ./
COPY --from=builder /app/app.js ./
CMD ["node", "app.js"]
