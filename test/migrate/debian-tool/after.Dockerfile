FROM registry.example/static-glibc:13_imagemagick
WORKDIR /work
ENTRYPOINT ["convert"]
