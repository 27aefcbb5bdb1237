FROM node:22
WORKDIR /app
RUN mkdir -p /var/lib/app && chown -R node:node /app /var/lib/app
USER node
COPY --chown=node:node package*.json ./
RUN npm ci
COPY --chown=node:node . .
VOLUME ["/var/lib/app"]
CMD ["node", "server.js"]
