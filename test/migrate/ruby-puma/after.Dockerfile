FROM registry.example/ruby:3.3-dev AS builder
WORKDIR /app
COPY Gemfile Gemfile.lock ./
RUN bundle install
COPY . .

FROM registry.example/ruby:3.3
WORKDIR /app
COPY --from=builder /usr/local/bundle /usr/local/bundle
COPY --from=builder /app ./
EXPOSE 9292
CMD ["bundle", "exec", "puma", "-p", "9292"]
