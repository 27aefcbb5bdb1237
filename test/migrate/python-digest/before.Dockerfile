FROM python:3.13-slim@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
COPY app.py /app.py
CMD ["python", "/app.py"]
