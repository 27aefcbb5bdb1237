FROM registry.example/python:3.13
WORKDIR /app
COPY . .
ENTRYPOINT ["python", "app.py"]
