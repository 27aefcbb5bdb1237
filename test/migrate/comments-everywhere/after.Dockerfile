# Licence: none

# The application
FROM node:22 AS builder

# where it lives
WORKDIR /app
RUN npm install \
    # a comment in a command
    express \

    && true
COPY server.js ./

FROM registry.example/node:22
WORKDIR /app
COPY --from=builder /app ./
# what it listens on
EXPOSE 3000
CMD ["node", "server.js"]
# the end
