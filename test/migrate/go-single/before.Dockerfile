FROM golang:1.24
WORKDIR /src
COPY . .
RUN go build -o /usr/local/bin/app ./cmd/app
EXPOSE 443
CMD ["app"]
