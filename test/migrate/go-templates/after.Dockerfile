FROM golang:1.24 AS builder
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o app .

FROM registry.example/static:13
WORKDIR /src
COPY --from=builder /src ./
CMD ["./app"]
