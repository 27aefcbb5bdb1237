# Licence: none

# The application
FROM node:22

# where it lives
WORKDIR /app
RUN npm install \
    # a comment in a command
    express \

    && true
COPY server.js ./
# what it listens on
EXPOSE 3000
CMD ["node", "server.js"]
# the end
