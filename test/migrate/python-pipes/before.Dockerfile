FROM python:3.12
RUN apt-get update && apt-cache search libmagic | awk '{print $1}' | xargs apt-get install -y
COPY . /app
CMD ["python", "/app/main.py"]
