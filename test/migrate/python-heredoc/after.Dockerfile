# syntax=docker/dockerfile:1
FROM registry.example/python:3.13_gettext-libpq5
COPY --chown=65532:65532 . /app
WORKDIR /app
USER 65532
CMD ["python", "worker.py"]
