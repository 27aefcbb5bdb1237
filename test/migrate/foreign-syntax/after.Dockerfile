# syntax=example.com/own/frontend:1
FROM golang:1.24 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app .

FROM registry.example/static:13
COPY --from=build /app /app
CMD ["/app"]
