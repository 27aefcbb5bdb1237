FROM golang:1.24 AS builder
WORKDIR /src
COPY . .
RUN go build -o /usr/local/bin/app ./cmd/app

FROM registry.example/static-glibc:13
WORKDIR /src
COPY --from=builder /usr/local/bin/app /usr/local/bin/app
EXPOSE 443
CMD ["app"]
