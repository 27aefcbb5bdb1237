# escape=`
FROM node:22
WORKDIR /app
COPY package.json `
     package-lock.json ./
RUN npm ci `
    --omit=dev
COPY server.js .
CMD ["node", "server.js"]
