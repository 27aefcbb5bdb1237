FROM golang:1.24 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app .

FROM registry.example/static:13
COPY --from=build /app /app
USER 65532:65532
ENTRYPOINT ["/app"]
