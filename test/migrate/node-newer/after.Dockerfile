FROM node:99
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "index.js"]
