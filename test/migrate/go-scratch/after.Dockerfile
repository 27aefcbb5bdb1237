FROM golang:1.24 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /bin/server .

FROM registry.example/static:13
COPY --from=build /bin/server /server
EXPOSE 8080
ENTRYPOINT ["/server"]
