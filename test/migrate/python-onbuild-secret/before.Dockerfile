# syntax=registry.example.com/frontend:2
FROM python:3.13
ENV PIP_INDEX_URL=https://deploy:s3cret@packages.example.com/simple
ENV DATABASE_URL=postgres://app:s3cret@db/app
COPY app.py /app.py
ONBUILD COPY settings.py /settings.py
CMD ["python", "/app.py"]
