FROM alpine:3.21
RUN apk add --update nodejs npm
WORKDIR /app
COPY . .
RUN npm ci
CMD ["node", "server.js"]
