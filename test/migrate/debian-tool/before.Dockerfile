FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends imagemagick && rm -rf /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["convert"]
