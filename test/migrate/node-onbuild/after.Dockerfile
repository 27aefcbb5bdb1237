FROM registry.example/node:22
WORKDIR /app
ONBUILD COPY package*.json ./
ONBUILD RUN npm ci
CMD ["node", "server.js"]
