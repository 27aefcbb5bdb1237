FROM registry.example/python:3.13-dev AS builder
WORKDIR /app
COPY . .
RUN python3 -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
RUN pip3 install -r requirements.txt

FROM registry.example/python:3.13
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app ./
ENV PATH="/opt/venv/bin:$PATH"
USER 65532
CMD ["python", "app.py"]
