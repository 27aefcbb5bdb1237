FROM registry.example/python:3.13-dev AS builder
ENV PORT=8080
WORKDIR /app
COPY . .
RUN python3 -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
RUN pip install gunicorn

FROM registry.example/python:3.13
ENV PORT=8080
WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app ./
ENV PATH="/opt/venv/bin:$PATH"
CMD ["gunicorn", "--bind", ":8080", "main:app"]
