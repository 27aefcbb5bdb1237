FROM python:3.13
WORKDIR "/srv/guest book"
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
VOLUME ["/var/lib/guest book"]
CMD ["python", "main.py"]
