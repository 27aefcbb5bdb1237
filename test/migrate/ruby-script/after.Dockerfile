FROM registry.example/ruby:3.3
WORKDIR /app
COPY . .
CMD ["ruby", "./bin/rails", "server", "-b", "0.0.0.0"]
