FROM ruby:3.3-slim
WORKDIR /app
COPY . .
CMD ["./bin/rails", "server", "-b", "0.0.0.0"]
