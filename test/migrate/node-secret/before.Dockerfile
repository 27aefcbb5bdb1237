FROM node:22
ARG NPM_TOKEN
ENV SESSION_SECRET=hunter2
WORKDIR /app
COPY .npmrc package*.json ./
RUN npm ci
COPY . .
CMD ["node", "server.js"]
