FROM node:22
WORKDIR /app
COPY . .
RUN npm ci
HEALTHCHECK --timeout=2s CMD node healthcheck.js
CMD ["node", "server.js"]
