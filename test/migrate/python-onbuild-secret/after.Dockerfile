# syntax=registry.example.com/frontend:2
FROM registry.example/python:3.13
ENV DATABASE_URL=postgres://app:s3cret@db/app
COPY app.py /app.py
ONBUILD COPY settings.py /settings.py
CMD ["python", "/app.py"]
