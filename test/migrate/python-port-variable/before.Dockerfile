FROM python:3.13
ENV PORT=8080
WORKDIR /app
COPY . .
RUN pip install gunicorn
CMD exec gunicorn --bind :$PORT main:app
