FROM registry.example/python:3.13-dev AS builder
RUN apt-get update && apt-cache search libmagic | awk '{print $1}' | true
COPY . /app

FROM registry.example/python:3.13
COPY --from=builder /app /app
CMD ["python", "/app/main.py"]
