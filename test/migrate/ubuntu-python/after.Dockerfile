FROM registry.example/python:3.13-dev AS builder
WORKDIR /app
RUN python3 -m venv /opt/venv && /opt/venv/bin/pip install flask
COPY . .

FROM registry.example/python:3.13
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app ./
CMD ["/opt/venv/bin/python", "app.py"]
