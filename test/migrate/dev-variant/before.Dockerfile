FROM registry.example/node:22-dev
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "server.js"]
