FROM python:3.13-slim
ENV DEBIAN_FRONTEND=noninteractive
ENV POETRY_VERSION=2.1
COPY app.py /app.py
CMD ["python", "/app.py"]
