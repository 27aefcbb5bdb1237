FROM golang:1.24-alpine AS build
WORKDIR /src
COPY . .
RUN go build -o /bin/server .

FROM registry.example/static:13
COPY --from=build /bin/server /bin/server
USER 65532
CMD ["/bin/server"]
